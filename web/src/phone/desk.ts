/**
 * The telephone of one panel window: stands for election, and once elected keeps the line, rings, carries out the
 * commands of all windows and tells them how it stands.
 */
import { api, ApiError } from '@/api'
import { randomId } from '@/kit/ids'
import { onDial, onPhoneTaken, type DialRequest } from '@/live'
import { usePhoneBridge, type PhoneBridge } from './bridge'
import { useAudioDevices, type AudioDevices } from './devices'
import { Election } from './election'
import { Sounds } from './ringtone'
import { SipPhone } from './sipPhone'
import { PhoneError, type EndedCall, type LineSettings, type PhoneCommand, type Trouble } from './types'

/** Kept over a reload of this window, not over its closing: nobody goes on line by merely opening a page. */
const ONLINE_KEY = 'svyaz.phone.online'
const RETRY_MS = 5000
/** Commands of click-to-call already carried out. */
const REMEMBERED = 50

export class PhoneDesk {
  readonly bridge: PhoneBridge = usePhoneBridge()
  readonly devices: AudioDevices = useAudioDevices()
  private readonly ringer = new Sounds()
  private readonly earpiece = new Sounds()
  private readonly election: Election
  private phone: SipPhone
  private extension: string | null = null
  private trouble: Trouble | null = null
  private audioBlocked = false
  private lastEnded: EndedCall | null = null
  private retry: ReturnType<typeof setTimeout> | undefined
  private readonly dialled: string[] = []
  private elected = false
  /** Known to the server as the one that is on line. */
  private readonly me = randomId()
  private opened = false
  /** Another device took the line. */
  private leaving = false

  constructor(private readonly lineRefused: (request: DialRequest) => void) {
    this.phone = this.makePhone()
    this.election = new Election({ elected: () => this.onElected(), deposed: () => this.onDeposed() })
    this.devices.onChange(() => void this.onDevices())
    onPhoneTaken(({ window }) => this.onTaken(window))
    onDial((request) => void this.onDialRequest(request))
    window.addEventListener('pagehide', () => this.phone.giveUpDialling())
    for (const gesture of ['pointerdown', 'keydown'] as const) {
      window.addEventListener(gesture, () => void this.unlockSound(), { capture: true })
    }
  }

  /** Stands for election; when elected and formerly on line, goes on line by itself. */
  open(): void {
    if (this.opened) return
    this.opened = true
    void this.devices.refresh()
    this.election.stand()
  }

  /** Moves the telephone from another window into this one. */
  take(): void {
    sessionStorage.setItem(ONLINE_KEY, '1')
    this.election.take()
  }

  /** The person chose another device. */
  async useDevices(which: { microphone?: boolean; ear?: boolean; ring?: boolean }): Promise<void> {
    await this.devices.refresh()
    await this.applyDevices(which)
  }

  testRing(): void {
    void this.unlockSound()
    this.ringer.play('ring', this.devices.settings.ringVolume)
    setTimeout(() => this.tune(), 2500)
  }

  /** Leaves the line for good, at signing out. */
  goOffline(): void {
    sessionStorage.removeItem(ONLINE_KEY)
    clearTimeout(this.retry)
    this.phone.stop()
    this.setTrouble(null)
  }

  private onElected(): void {
    this.elected = true
    this.bridge.host((command) => this.carryOut(command))
    this.publish()
    // The window that was on line died: this one takes its place.
    if (this.bridge.lineElsewhere) sessionStorage.setItem(ONLINE_KEY, '1')
    if (this.wasOnline) void this.goOnline().catch(() => undefined)
  }

  private onDeposed(): void {
    this.elected = false
    sessionStorage.removeItem(ONLINE_KEY)
    clearTimeout(this.retry)
    this.bridge.release()
    this.phone.stop()
    this.tune()
  }

  /** This window was on line before it was reloaded, and goes there again by itself. */
  get wasOnline(): boolean {
    return sessionStorage.getItem(ONLINE_KEY) === '1'
  }

  /** Rejects with `PhoneError`; what can pass by itself is tried again in the background. */
  private async goOnline(): Promise<void> {
    sessionStorage.setItem(ONLINE_KEY, '1')
    this.leaving = false
    clearTimeout(this.retry)
    const sound = this.unlockSound()
    try {
      const [settings] = await Promise.all([this.lineSettings(), this.microphoneAllowed()])
      await sound
      this.audioBlocked = !this.ringer.ready
      this.extension = settings.extension
      await this.applyDevices({ ring: true, ear: true })
      await this.phone.start(settings)
      this.setTrouble(null)
    } catch (problem) {
      if (!(problem instanceof PhoneError)) throw problem
      this.giveUp(problem.code as Trouble)
      throw problem
    }
  }

  private giveUp(trouble: Trouble): void {
    this.setTrouble(trouble)
    if (trouble === 'no_extension' || trouble === 'insecure') sessionStorage.removeItem(ONLINE_KEY)
    if (trouble !== 'unreachable' && trouble !== 'refused') return
    if (trouble === 'refused') this.phone.stop()
    // While JsSIP itself goes on connecting, start() has nothing to do and returns at once.
    this.retry = setTimeout(() => {
      if (this.elected && this.wasOnline && this.phone.line === 'off')
        void this.goOnline().catch(() => undefined)
    }, RETRY_MS)
  }

  private async lineSettings(): Promise<LineSettings> {
    try {
      const [account] = await Promise.all([api.phone(), api.takePhone(this.me)])
      return {
        extension: account.extension,
        uri: account.uri,
        login: account.login,
        password: account.password,
        ws: account.ws,
        iceServers: account.ice_servers,
        recordHeader: account.record_header,
      }
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem
      throw new PhoneError(problem.status === 409 ? 'no_extension' : 'unreachable')
    }
  }

  /** Asks the person only when the browser has not been told before: after a reload every moment counts. */
  private async microphoneAllowed(): Promise<void> {
    if (!navigator.mediaDevices) throw new PhoneError('insecure')
    const granted = await microphoneGranted()
    await this.devices.refresh()
    if (!granted || !this.devices.microphoneThere.value) await this.devices.askPermission()
  }

  private async carryOut(command: PhoneCommand): Promise<void> {
    switch (command.do) {
      case 'online':
        return this.goOnline()
      case 'offline':
        return this.goOffline()
      case 'dial':
        await this.guarded(this.phone.dial(command.number, command.name))
        return
      case 'answer':
        return this.guarded(this.phone.answer(command.call))
      case 'decline':
        return this.phone.decline(command.call)
      case 'hangup':
        return this.phone.hangUp(command.call)
      case 'hold':
        return command.on ? this.phone.hold(command.call) : this.phone.unhold(command.call)
      case 'mute':
        return this.phone.mute(command.call, command.on)
      case 'keys':
        ;[...command.tones].forEach((key) => this.earpiece.key(key))
        return this.phone.keys(command.call, command.tones)
      case 'swap':
        return this.phone.swap()
      case 'silence':
        return this.phone.silence(command.call)
    }
  }

  /** A microphone that does not open becomes a trouble to be shown, beside the error of the command. */
  private async guarded<Result>(action: Promise<Result>): Promise<void> {
    try {
      await action
      if (this.trouble?.startsWith('microphone')) this.setTrouble(null)
    } catch (problem) {
      if (problem instanceof PhoneError && problem.code.startsWith('microphone')) {
        this.setTrouble(problem.code as Trouble)
      }
      throw problem
    }
  }

  private async onDialRequest(request: DialRequest): Promise<void> {
    if (!this.elected || this.dialled.includes(request.command_id)) return
    this.dialled.push(request.command_id)
    if (this.dialled.length > REMEMBERED) this.dialled.shift()
    try {
      await this.carryOut({ do: 'dial', number: request.number })
    } catch (problem) {
      if (!(problem instanceof PhoneError)) throw problem
      this.lineRefused(request)
    }
  }

  /** Two devices that both register would take the line from each other for ever: the later one has it. */
  private onTaken(window: string): void {
    if (window === this.me || !this.elected || this.phone.line === 'off') return
    this.leaving = true
    this.leaveIfFree()
  }

  /** A call in progress is finished first. */
  private leaveIfFree(): void {
    if (!this.leaving || this.phone.calls.some(({ state }) => state !== 'ringing')) return
    this.goOffline()
    this.setTrouble('taken')
  }

  private async onDevices(): Promise<void> {
    if (!this.elected) return
    const came = this.trouble === 'microphone_missing' && this.devices.microphoneThere.value
    if (came && this.wasOnline && this.phone.line === 'off') await this.goOnline().catch(() => undefined)
    await this.applyDevices({ ear: true, ring: true })
  }

  private async applyDevices(which: { microphone?: boolean; ear?: boolean; ring?: boolean }): Promise<void> {
    if (which.ring) await this.ringer.useDevice(this.devices.output('ring'))
    if (which.ear) await this.earpiece.useDevice(this.devices.output('ear'))
    const changing = this.phone.devicesChanged({
      microphone: which.microphone ?? false,
      ear: which.ear ?? false,
    })
    await (which.microphone ? this.guarded(changing) : changing)
  }

  private async unlockSound(): Promise<void> {
    const wasBlocked = this.audioBlocked
    const [rings] = await Promise.all([this.ringer.unlock(), this.earpiece.unlock()])
    if (!rings || !wasBlocked) return
    this.audioBlocked = false
    this.phone.playSound()
    this.publish()
  }

  private makePhone(): SipPhone {
    return new SipPhone(this.devices, {
      changed: () => {
        if (this.phone.line === 'on' && (this.trouble === 'unreachable' || this.trouble === 'refused')) {
          this.trouble = null
        }
        this.publish()
      },
      ended: (call) => {
        this.lastEnded = call
        if (call.reason === 'busy') this.earpiece.play('busy')
        this.leaveIfFree()
      },
      refused: () => this.giveUp('refused'),
      // Asked for once more, so that the 401 leads to the sign-in as everywhere.
      signedOut: () => void api.session.read().catch(() => undefined),
      audioBlocked: () => {
        this.audioBlocked = true
        this.publish()
      },
    })
  }

  private setTrouble(trouble: Trouble | null): void {
    this.trouble = trouble
    this.publish()
  }

  private publish(): void {
    this.tune()
    const blocked = this.audioBlocked && this.phone.line !== 'off'
    this.bridge.publish({
      line: this.phone.line,
      extension: this.extension,
      trouble: this.trouble ?? (blocked ? 'audio_blocked' : null),
      calls: this.phone.calls.map((call) => ({ ...call })),
      lastEnded: this.lastEnded,
    })
  }

  /** What is to be heard now. */
  private tune(): void {
    const calls = this.phone.calls
    const rings = calls.some((call) => call.state === 'ringing' && !call.silenced && !call.resumed)
    const talks = calls.some((call) => call.state === 'talking' || call.state === 'calling')
    this.ringer.play(rings && !talks ? 'ring' : null, this.devices.settings.ringVolume)
    if (rings && talks) this.earpiece.play('knock')
    else if (this.phone.needsRingback) this.earpiece.play('back')
    else this.earpiece.stop('knock', 'back')
  }
}

async function microphoneGranted(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state === 'granted'
  } catch (problem) {
    // Browsers that cannot be asked about the microphone say so with TypeError.
    if (!(problem instanceof TypeError)) throw problem
    return false
  }
}
