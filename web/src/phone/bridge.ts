/**
 * One telephone, many windows: the window that holds it tells its state over a BroadcastChannel, the others send
 * commands over it. In the holding window the same object runs the commands directly.
 */
import { computed, reactive, type ComputedRef } from 'vue'
import { randomId } from '@/kit/ids'
import { HOLDER_LOCK } from './election'
import { PhoneError, type PhoneCall, type PhoneCommand, type PhoneErrorCode, type PhoneState } from './types'

const CHANNEL = 'svyaz.phone'
/** Getting the microphone may take the browser a moment; a window that is gone answers never. */
const COMMAND_TIMEOUT_MS = 8000

type SharedState = Omit<PhoneState, 'holder'>

type Message =
  | { kind: 'who' }
  | { kind: 'state'; state: SharedState }
  | { kind: 'gone' }
  | { kind: 'do'; id: string; command: PhoneCommand }
  | { kind: 'done'; id: string; error: PhoneErrorCode | null }

/** The part of the holding window that carries commands out. */
export type CommandRunner = (command: PhoneCommand) => Promise<void>

const NOTHING: SharedState = { line: 'off', extension: null, trouble: null, calls: [], lastEnded: null }

/** What `callOf` needs of a call card. */
export interface CardOfCall {
  exchange_call: string
  live: boolean
  direction: string
  number: { e164?: string | null; shown: string } | null
  began_at: string
}

export class PhoneBridge {
  readonly state: PhoneState = reactive<PhoneState>({ holder: 'nobody', ...NOTHING })
  readonly ringing: ComputedRef<PhoneCall[]> = computed(() =>
    this.state.calls.filter((call) => call.state === 'ringing'),
  )
  readonly active: ComputedRef<PhoneCall | null> = computed(
    () =>
      this.state.calls.find((call) => call.state === 'talking' || call.state === 'calling') ??
      this.state.calls.find((call) => call.state === 'held') ??
      null,
  )

  /** The last word of another holder was that it is on line; stays true when that window dies. */
  lineElsewhere = false

  private readonly channel: BroadcastChannel
  private readonly waiting = new Map<string, (error: PhoneErrorCode | null) => void>()
  private runner: CommandRunner | null = null
  private watching = false

  constructor(channel = new BroadcastChannel(CHANNEL)) {
    this.channel = channel
    channel.onmessage = ({ data }: MessageEvent<Message>) => this.take(data)
    this.post({ kind: 'who' })
  }

  // -- in the window that holds the telephone

  /** This window holds the telephone from now on: commands of all windows go to `runner`. */
  host(runner: CommandRunner): void {
    this.runner = runner
    this.state.holder = 'here'
  }

  /** Tells every window, and this one, how the telephone stands. */
  publish(state: SharedState): void {
    if (this.runner === null) return
    Object.assign(this.state, state)
    // A copy without Vue's proxies: only plain data can be cloned into another window.
    this.post({ kind: 'state', state: JSON.parse(JSON.stringify(state)) as SharedState })
  }

  /** This window no longer holds the telephone. */
  release(): void {
    if (this.runner === null) return
    this.runner = null
    Object.assign(this.state, NOTHING, { holder: 'nobody' })
    this.post({ kind: 'gone' })
  }

  // -- commands, from any window

  goOnline = (): Promise<void> => this.run({ do: 'online' })
  goOffline = (): Promise<void> => this.run({ do: 'offline' })
  dial = (number: string, name?: string): Promise<void> => this.run({ do: 'dial', number, name })
  answer = (call: string): Promise<void> => this.run({ do: 'answer', call })
  decline = (call: string): Promise<void> => this.run({ do: 'decline', call })
  hangUp = (call: string): Promise<void> => this.run({ do: 'hangup', call })
  hold = (call: string, on: boolean): Promise<void> => this.run({ do: 'hold', call, on })
  mute = (call: string, on: boolean): Promise<void> => this.run({ do: 'mute', call, on })
  keys = (call: string, tones: string): Promise<void> => this.run({ do: 'keys', call, tones })
  swap = (): Promise<void> => this.run({ do: 'swap' })
  silence = (call: string): Promise<void> => this.run({ do: 'silence', call })

  /** The telephone's call that a call card speaks of: by the exchange's key, else by number among the unkeyed ones. */
  callOf(card: CardOfCall): PhoneCall | null {
    const keyed = this.state.calls.find((call) => call.callKey === card.exchange_call)
    if (keyed) return keyed
    if (!card.live) return null
    const number = card.number?.e164 ?? card.number?.shown ?? ''
    return this.state.calls.find((call) => call.callKey === null && sameNumber(call.number, number)) ?? null
  }

  private run(command: PhoneCommand): Promise<void> {
    if (this.runner !== null) return this.runner(command)
    if (this.state.holder === 'nobody') return Promise.reject(new PhoneError('no_holder'))
    const id = randomId()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle('no_holder'), COMMAND_TIMEOUT_MS)
      const settle = (error: PhoneErrorCode | null) => {
        clearTimeout(timer)
        this.waiting.delete(id)
        if (error === null) resolve()
        else reject(new PhoneError(error))
      }
      this.waiting.set(id, settle)
      this.post({ kind: 'do', id, command })
    })
  }

  private take(message: Message): void {
    switch (message.kind) {
      case 'who':
        if (this.runner !== null) this.publish(plainState(this.state))
        break
      case 'state':
        if (this.runner !== null) break // a former holder's last word
        Object.assign(this.state, message.state, { holder: 'elsewhere' })
        this.lineElsewhere = message.state.line !== 'off'
        this.watchHolder()
        break
      case 'gone':
        this.lineElsewhere = false
        this.forget()
        break
      case 'do':
        void this.serve(message.id, message.command)
        break
      case 'done':
        this.waiting.get(message.id)?.(message.error)
        break
    }
  }

  private async serve(id: string, command: PhoneCommand): Promise<void> {
    if (this.runner === null) return
    let error: PhoneErrorCode | null = null
    try {
      await this.runner(command)
    } catch (problem) {
      error = problem instanceof PhoneError ? problem.code : 'failed'
    }
    this.post({ kind: 'done', id, error })
  }

  /** A shared request for the holder's lock is granted when the holder is gone, by whatever death. */
  private watchHolder(): void {
    if (this.watching || !('locks' in navigator)) return
    this.watching = true
    void navigator.locks
      .request(HOLDER_LOCK, { mode: 'shared' }, () => undefined)
      .finally(() => {
        this.watching = false
        this.forget()
        this.post({ kind: 'who' })
      })
  }

  private forget(): void {
    if (this.runner === null) Object.assign(this.state, NOTHING, { holder: 'nobody' })
  }

  private post(message: Message): void {
    this.channel.postMessage(message)
  }
}

function plainState({ line, extension, trouble, calls, lastEnded }: PhoneState): SharedState {
  return { line, extension, trouble, calls, lastEnded }
}

/** True when both spell one number: equal as dialled, or equal in the last ten digits. */
export function sameNumber(one: string, other: string): boolean {
  const [a, b] = [digits(one), digits(other)]
  if (a === '' || b === '') return false
  return a === b || (a.length >= 10 && b.length >= 10 && a.slice(-10) === b.slice(-10))
}

function digits(number: string): string {
  return number.replace(/\D/g, '')
}

let bridge: PhoneBridge | null = null

/** The window's one bridge to the telephone. */
export function usePhoneBridge(): PhoneBridge {
  bridge ??= new PhoneBridge()
  return bridge
}
