/** One SIP session of JsSIP as a call of ours: its state, its microphone, its sound. */
import { C } from 'jssip'
import type { AnswerOptions, EndEvent, IncomingEvent, OutgoingEvent, RTCSession } from 'jssip/lib/RTCSession'
import { closeStream, route, type AudioDevices } from './devices'
import { PhoneError, type EndedCall, type EndReason, type PhoneCall, type PhoneCallState } from './types'

/** Candidates that have not come by then are done without: on some networks the last one takes 40 s. */
const GATHERING_MS = 500
/** How long a hold may wait for an offer that is on its way. */
const READY_MS = 5000

export interface SipCallEvents {
  changed(call: SipCall): void
  audioBlocked(): void
  ended(call: SipCall, ended: EndedCall): void
}

export interface SipCallParties {
  number: string
  name: string
  callKey: string | null
  resumed: boolean
}

export class SipCall {
  readonly info: PhoneCall
  readonly audio = document.createElement('audio')
  /** The other side rings and the exchange sends no sound of its own. */
  ringsSilently = false
  private microphone: MediaStream | null = null
  private readonly beganAt = Date.now()

  constructor(
    readonly session: RTCSession,
    parties: SipCallParties,
    private readonly devices: AudioDevices,
    private readonly events: SipCallEvents,
  ) {
    const incoming = (session.direction as string) === 'incoming'
    this.info = {
      id: session.id,
      ...parties,
      direction: incoming ? 'incoming' : 'outgoing',
      state: incoming ? 'ringing' : 'calling',
      muted: false,
      silenced: false,
      beganAt: this.beganAt,
      answeredAt: null,
    }
    this.audio.autoplay = true
    this.audio.hidden = true
    this.audio.dataset.call = session.id
    this.audio.dataset.testid = 'remote-audio'
    document.body.append(this.audio)
    this.listen()
  }

  get established(): boolean {
    return this.session.isEstablished()
  }

  async answer(options: AnswerOptions): Promise<void> {
    if (this.info.state !== 'ringing') return
    const microphone = await this.devices.openMicrophone()
    if (this.session.isEnded()) {
      closeStream(microphone)
      throw new PhoneError('no_such_call')
    }
    this.useMicrophone(microphone)
    this.session.answer({ ...options, mediaStream: microphone })
  }

  /** The stream this call speaks through; it is closed with the call. */
  useMicrophone(microphone: MediaStream): void {
    this.microphone = microphone
    const [track] = microphone.getAudioTracks()
    // The headset was pulled out: go on with the microphone that is left.
    track?.addEventListener('ended', () => void this.replaceMicrophone())
  }

  /** Goes over to the microphone now chosen, without a word to the exchange. */
  async replaceMicrophone(): Promise<void> {
    const sender = this.sender()
    if (sender === undefined || this.session.isEnded()) return
    const former = this.microphone
    const microphone = await this.devices.openMicrophone()
    const [track] = microphone.getAudioTracks()
    if (track === undefined || this.session.isEnded()) {
      closeStream(microphone)
      return
    }
    track.enabled = sender.track?.enabled ?? !this.info.muted
    this.useMicrophone(microphone)
    await sender.replaceTrack(track)
    if (former !== null) closeStream(former)
  }

  /** Sends the other side's voice to the ear now chosen. */
  routeSound(): Promise<void> {
    return route(this.audio, this.devices.output('ear'))
  }

  playSound(): void {
    if (this.audio.srcObject === null) return
    this.audio.play().catch((problem: unknown) => {
      // AbortError: the call ended before its sound began.
      if (problem instanceof DOMException && problem.name === 'NotAllowedError') this.events.audioBlocked()
    })
  }

  end(): void {
    if (this.session.isEnded()) return
    // 603 says that this person declines; the exchange goes on as its dialplan wishes.
    this.session.terminate(this.info.state === 'ringing' ? { status_code: 603 } : {})
  }

  async hold(on: boolean): Promise<void> {
    if (this.session.isOnHold().local === on) return
    await this.readyToOffer()
    await new Promise<void>((resolve, reject) => {
      const begun = on ? this.session.hold({}, resolve) : this.session.unhold({}, resolve)
      if (!begun) reject(new PhoneError('failed'))
    })
  }

  mute(on: boolean): void {
    if (on) this.session.mute({ audio: true })
    else this.session.unmute({ audio: true })
  }

  keys(tones: string): void {
    this.session.sendDTMF(tones, { transportType: C.DTMF_TRANSPORT.RFC2833, duration: 120 })
  }

  /** Blind transfer by REFER. The exchange leaves our leg up after it accepted, so we hang up ourselves. */
  refer(target: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.session.refer(target, {
        eventHandlers: {
          accepted: () => {
            this.end()
            resolve()
          },
          failed: () => reject(new PhoneError('failed')),
          requestFailed: () => reject(new PhoneError('failed')),
        },
      })
    })
  }

  /** After the link was restored: a new offer through it, else the exchange's BYE would go to the dead one. */
  async restoreMedia(): Promise<void> {
    if (!this.established) return
    await this.readyToOffer()
    this.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } })
  }

  silence(): void {
    this.info.silenced = true
    this.changed()
  }

  private listen(): void {
    const { session } = this
    if (session.connection) this.watchMedia(session.connection)
    else session.on('peerconnection', ({ peerconnection }) => this.watchMedia(peerconnection))
    let patience: ReturnType<typeof setTimeout> | undefined
    session.on('icecandidate', ({ ready }) => {
      patience ??= setTimeout(() => {
        patience = undefined
        ready()
      }, GATHERING_MS)
    })
    session.on('sdp', () => {
      clearTimeout(patience)
      patience = undefined
    })
    session.on('progress', (event: OutgoingEvent | IncomingEvent) => {
      // Our own ringing of an incoming call comes here too, with a response of null.
      if (!('response' in event) || (event.response as unknown) === null) return
      this.ringsSilently = event.response.status_code === 180 && !event.response.body
      this.changed()
    })
    session.on('accepted', () => this.answered())
    session.on('confirmed', () => this.answered())
    session.on('hold', () => this.become(session.isOnHold().local ? 'held' : 'talking'))
    session.on('unhold', () => this.become(session.isOnHold().local ? 'held' : 'talking'))
    session.on('muted', () => this.setMuted(true))
    session.on('unmuted', () => this.setMuted(false))
    session.on('failed', (event) => this.finish(event))
    session.on('ended', (event) => this.finish(event))
  }

  private watchMedia(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ streams: [stream], track }) => {
      this.audio.srcObject = stream ?? new MediaStream([track])
      void this.routeSound()
      this.playSound()
    })
  }

  private answered(): void {
    if (this.info.answeredAt !== null) return
    this.info.answeredAt = Date.now()
    this.become('talking')
  }

  private become(state: PhoneCallState): void {
    this.info.state = state
    this.changed()
  }

  private setMuted(muted: boolean): void {
    this.info.muted = muted
    this.changed()
  }

  private changed(): void {
    this.events.changed(this)
  }

  private finish(event: EndEvent): void {
    if (this.microphone !== null) closeStream(this.microphone)
    this.audio.srcObject = null
    this.audio.remove()
    const { id, number, name, direction, answeredAt } = this.info
    const answered = answeredAt !== null
    const why = endReason(event)
    // A talk that did not end by a hang-up was cut off, whatever the library calls it.
    const reason = answered && why !== null ? 'connection' : why
    this.events.ended(this, { id, number, name, direction, answered, reason, at: Date.now() })
  }

  private sender(): RTCRtpSender | undefined {
    // JsSIP has no connection before an incoming call is answered.
    const connection = this.session.connection as RTCPeerConnection | null
    return connection?.getSenders().find(({ track }) => track?.kind === 'audio')
  }

  /** JsSIP refuses an offer while another one is on its way, and has no event for the end of that. */
  private async readyToOffer(): Promise<void> {
    const until = Date.now() + READY_MS
    while (!this.session.isReadyToReOffer()) {
      if (this.session.isEnded()) throw new PhoneError('no_such_call')
      if (Date.now() > until) throw new PhoneError('failed')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

const REASONS: Record<string, EndReason | null> = {
  [C.causes.BYE]: null,
  [C.causes.BUSY]: 'busy',
  [C.causes.REJECTED]: 'rejected',
  [C.causes.CANCELED]: 'cancelled',
  [C.causes.NO_ANSWER]: 'no_answer',
  [C.causes.EXPIRES]: 'no_answer',
  [C.causes.UNAVAILABLE]: 'no_answer',
  [C.causes.NOT_FOUND]: 'not_found',
  [C.causes.ADDRESS_INCOMPLETE]: 'not_found',
  [C.causes.CONNECTION_ERROR]: 'connection',
  [C.causes.REQUEST_TIMEOUT]: 'connection',
  [C.causes.RTP_TIMEOUT]: 'connection',
  [C.causes.USER_DENIED_MEDIA_ACCESS]: 'media',
  [C.causes.WEBRTC_ERROR]: 'media',
}

function endReason({ cause, message }: EndEvent): EndReason | null {
  // CANCEL with «200 Call completed elsewhere»: a colleague or the desk phone was faster.
  if (cause === C.causes.CANCELED && message && /cause=200/.test(String(message.getHeader('Reason') ?? ''))) {
    return 'elsewhere'
  }
  const reason = REASONS[cause]
  return reason === undefined ? 'failed' : reason
}
