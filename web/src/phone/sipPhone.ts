/** The telephone over JsSIP: the line to the exchange and the calls on it. */
import { UA } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRequest, OutgoingRequest } from 'jssip/lib/SIPMessage'
import type { RTCSessionEvent } from 'jssip/lib/UA'
import { AudioDevices, closeStream } from './devices'
import { SipCall, type SipCallParties } from './sipCall'
import { SipSocket } from './socket'
import {
  PhoneError,
  type EndedCall,
  type LineSettings,
  type LineState,
  type Phone,
  type PhoneCall,
} from './types'

const REGISTER_MS = 15_000
/** Close code of the server's proxy. */
const NOT_SIGNED_IN = 4401
const RETRY_MS = 4000
const REGISTER_EXPIRES_S = 300
const RESUME_HEADER = 'X-Svyaz-Resume'
/** What a dialled number may be made of; everything else is the person's spelling, or an attack. */
const DIALABLE = /^[+]?[0-9*#]{1,32}$/

export interface SipPhoneEvents {
  /** Something in `line` or `calls` is different now. */
  changed(): void
  ended(call: EndedCall): void
  /** The exchange refuses our registration. */
  refused(): void
  /** The server closed the line: the session has ended. */
  signedOut(): void
  /** The browser plays no sound until the person clicks in the page. */
  audioBlocked(): void
}

export class SipPhone implements Phone {
  line: LineState = 'off'
  private agent: UA | null = null
  private settings: LineSettings | null = null
  private readonly live = new Map<string, SipCall>()
  /** Names for numbers just dialled, so that the call shows one from its first moment. */
  private dialledName = ''

  constructor(
    private readonly devices: AudioDevices,
    private readonly events: SipPhoneEvents,
  ) {}

  get calls(): PhoneCall[] {
    return [...this.live.values()].map((call) => call.info)
  }

  start(settings: LineSettings): Promise<void> {
    if (this.agent !== null) return Promise.resolve()
    this.settings = settings
    const agent = new UA({
      uri: settings.uri,
      authorization_user: settings.login,
      password: settings.password,
      sockets: [new SipSocket(webSocketUrl(settings.ws))],
      register_expires: REGISTER_EXPIRES_S,
      // Seconds. The socket itself waits longer while links go on failing.
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
      session_timers: false,
      user_agent: 'Svyaz panel',
    })
    this.agent = agent
    this.become('connecting')
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => reject(new PhoneError('unreachable')), REGISTER_MS)
      agent.on('registered', () => {
        clearTimeout(patience)
        resolve()
        this.registered()
      })
      agent.on('registrationFailed', ({ response }) => {
        // No response: the link broke, and the library tries again by itself.
        if (!response) return
        if (this.line === 'on') this.become('connecting')
        // An exchange that is just starting answers 5xx; only a 4xx means us.
        if (response.status_code >= 500) {
          setTimeout(() => this.agent?.register(), RETRY_MS)
          return
        }
        clearTimeout(patience)
        reject(new PhoneError('refused'))
        this.events.refused()
      })
      agent.on('disconnected', ({ code }) => {
        this.disconnected()
        if (code === NOT_SIGNED_IN) this.events.signedOut()
      })
      agent.on('newRTCSession', ({ session, request }: RTCSessionEvent) => this.adopt(session, request))
      agent.start()
    })
  }

  stop(): void {
    const agent = this.agent
    this.agent = null
    for (const call of this.live.values()) call.end()
    agent?.removeAllListeners()
    agent?.stop()
    this.become('off')
  }

  async dial(number: string, name = ''): Promise<string> {
    const { agent, settings } = this
    if (agent === null || settings === null || this.line !== 'on') throw new PhoneError('not_on_line')
    if (!DIALABLE.test(number)) throw new PhoneError('wrong_number')
    const microphone = await this.devices.openMicrophone()
    try {
      await this.holdOthers(null)
      const host = settings.uri.slice(settings.uri.indexOf('@') + 1)
      this.dialledName = name
      const session = agent.call(`sip:${encodeURIComponent(number)}@${host}`, {
        mediaStream: microphone,
        mediaConstraints: { audio: true, video: false },
        pcConfig: this.connectionConfig(),
      })
      this.call(session.id).useMicrophone(microphone)
      return session.id
    } catch (problem) {
      closeStream(microphone)
      throw problem
    }
  }

  async answer(id: string): Promise<void> {
    const call = this.call(id)
    await this.holdOthers(id)
    await call.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: this.connectionConfig() })
  }

  decline(id: string): void {
    this.call(id).end()
  }

  hangUp(id: string): void {
    this.call(id).end()
  }

  hold(id: string): Promise<void> {
    return this.call(id).hold(true)
  }

  async unhold(id: string): Promise<void> {
    await this.holdOthers(id)
    await this.call(id).hold(false)
  }

  /** The call on hold comes to the ear, the one at the ear goes on hold. */
  async swap(): Promise<void> {
    const held = this.calls.find(({ state }) => state === 'held')
    if (held !== undefined) await this.unhold(held.id)
  }

  mute(id: string, on: boolean): void {
    this.call(id).mute(on)
  }

  keys(id: string, tones: string): void {
    if (!/^[0-9A-D*#,]{1,32}$/.test(tones)) throw new PhoneError('wrong_number')
    this.call(id).keys(tones)
  }

  silence(id: string): void {
    this.call(id).silence()
  }

  /** The page goes away: nobody would be there when the other side answers. Talks stay, to be taken up again. */
  giveUpDialling(): void {
    for (const call of this.live.values()) if (call.info.state === 'calling') call.end()
  }

  /** Tries the voices again that the browser did not let us play before the person clicked. */
  playSound(): void {
    for (const call of this.live.values()) call.playSound()
  }

  /** An outgoing call rings at the other side, and the exchange sends no tone of its own for that. */
  get needsRingback(): boolean {
    return [...this.live.values()].some((call) => call.info.state === 'calling' && call.ringsSilently)
  }

  /** After the person chose another microphone or ear, or one vanished. */
  async devicesChanged(which: { microphone: boolean; ear: boolean }): Promise<void> {
    for (const call of this.live.values()) {
      if (which.microphone) await call.replaceMicrophone()
      if (which.ear) await call.routeSound()
    }
  }

  private call(id: string): SipCall {
    const call = this.live.get(id)
    if (call === undefined) throw new PhoneError('no_such_call')
    return call
  }

  private adopt(session: RTCSession, request: IncomingRequest | OutgoingRequest): void {
    const incoming = (session.direction as string) === 'incoming'
    const header = (name: string) =>
      incoming ? ((request as IncomingRequest).getHeader(name) ?? null) : null
    const parties: SipCallParties = {
      number: decodeURIComponent(session.remote_identity.uri.user ?? ''),
      name: incoming ? (session.remote_identity.display_name ?? '').slice(0, 200) : this.dialledName,
      callKey: header(this.settings?.recordHeader ?? ''),
      resumed: header(RESUME_HEADER) === '1',
    }
    this.dialledName = ''
    const call = new SipCall(session, parties, this.devices, {
      changed: () => this.events.changed(),
      audioBlocked: () => this.events.audioBlocked(),
      ended: (_, ended) => {
        this.live.delete(session.id)
        this.events.ended(ended)
        this.events.changed()
      },
    })
    this.live.set(session.id, call)
    if (parties.resumed) void this.answer(session.id)
    this.events.changed()
  }

  private registered(): void {
    const restored = this.line === 'lost'
    this.become('on')
    if (!restored) return
    for (const call of this.live.values()) void call.restoreMedia()
  }

  private disconnected(): void {
    if (this.line !== 'on') return
    this.become('lost')
    // The exchange gives a ringing call up with its link: nothing could be answered any more.
    for (const call of this.live.values()) if (!call.established) call.end()
  }

  private async holdOthers(except: string | null): Promise<void> {
    for (const [id, call] of this.live) {
      if (id !== except && call.info.state === 'talking') await call.hold(true)
    }
  }

  private connectionConfig(): RTCConfiguration {
    return { iceServers: this.settings?.iceServers ?? [] }
  }

  private become(line: LineState): void {
    this.line = line
    this.events.changed()
  }
}

/** The address of a WebSocket given relative to the page. */
export function webSocketUrl(path: string): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}
