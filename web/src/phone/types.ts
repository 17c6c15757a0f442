/** Names shared by everything that has to do with the telephone in the browser. */

/** How the line to the exchange stands. `lost`: we were on line, the link broke and is being restored. */
export type LineState = 'off' | 'connecting' | 'on' | 'lost'

/**
 * What keeps the telephone from working, as codes; the panel says each of them in words.
 *
 * - `insecure`: the page is not served over HTTPS (or from localhost), the browser gives no microphone
 * - `microphone_denied` / `microphone_missing` / `microphone_busy`
 * - `audio_blocked`: the browser plays no sound until the person clicks in the page
 * - `no_extension`: the employee has no extension
 * - `refused`: the exchange refuses our registration
 * - `taken`: the telephone went on line on another device
 * - `unreachable`: the server did not hand out the line's settings
 */
export type Trouble =
  | 'insecure'
  | 'microphone_denied'
  | 'microphone_missing'
  | 'microphone_busy'
  | 'audio_blocked'
  | 'no_extension'
  | 'refused'
  | 'taken'
  | 'unreachable'

/** `calling`: we dialled and wait; `ringing`: somebody rings us. */
export type PhoneCallState = 'calling' | 'ringing' | 'talking' | 'held'

/** Why a call of this telephone ended, when it did not end by a plain hang-up. */
export type EndReason =
  | 'busy'
  | 'rejected'
  | 'no_answer'
  | 'not_found'
  | 'cancelled'
  | 'elsewhere'
  | 'connection'
  | 'media'
  | 'failed'

/** One call as the telephone knows it (the CRM's side of it is the call card). Plain data: it crosses windows. */
export interface PhoneCall {
  /** Stable while the call lives; the argument of every command. */
  id: string
  /** `exchange_call` of the call card when the exchange told it (header X-Svyaz-Call). */
  callKey: string | null
  direction: 'incoming' | 'outgoing'
  state: PhoneCallState
  number: string
  name: string
  muted: boolean
  /** The ringing of this call was silenced («Позже»). */
  silenced: boolean
  /** Brought back by the server after a reload of the page. */
  resumed: boolean
  /** Milliseconds since the epoch. */
  beganAt: number
  answeredAt: number | null
}

export interface EndedCall {
  id: string
  number: string
  name: string
  direction: 'incoming' | 'outgoing'
  answered: boolean
  /** null: a plain hang-up by either side. */
  reason: EndReason | null
  at: number
}

/** What the telephone looks like from any window. */
export interface PhoneState {
  /** Which window holds the telephone, seen from this one. */
  holder: 'here' | 'elsewhere' | 'nobody'
  line: LineState
  extension: string | null
  trouble: Trouble | null
  calls: PhoneCall[]
  lastEnded: EndedCall | null
}

/** Everything a window may ask of the telephone, whichever window holds it. */
export type PhoneCommand =
  | { do: 'online' }
  | { do: 'offline' }
  | { do: 'dial'; number: string; name?: string }
  | { do: 'answer'; call: string }
  | { do: 'decline'; call: string }
  | { do: 'hangup'; call: string }
  | { do: 'hold'; call: string; on: boolean }
  | { do: 'mute'; call: string; on: boolean }
  | { do: 'keys'; call: string; tones: string }
  | { do: 'swap' }
  | { do: 'silence'; call: string }

/** What `GET /api/phone` hands out. */
export interface LineSettings {
  extension: string
  uri: string
  login: string
  password: string
  /** Absolute or relative to the page. */
  ws: string
  iceServers: RTCIceServer[]
  /** Name of the INVITE's header with the key of the call card. */
  recordHeader: string
}

/** The telephone proper. One implementation (`SipPhone`, over JsSIP); a desk phone or a test could be another. */
export interface Phone {
  readonly line: LineState
  readonly calls: readonly PhoneCall[]
  /** Resolves when registered; rejects with `PhoneError`. */
  start(settings: LineSettings): Promise<void>
  /** Hangs up what there is and leaves the line. */
  stop(): void
  dial(number: string, name?: string): Promise<string>
  answer(call: string): Promise<void>
  decline(call: string): void
  hangUp(call: string): void
  hold(call: string): Promise<void>
  unhold(call: string): Promise<void>
  swap(): Promise<void>
  mute(call: string, on: boolean): void
  keys(call: string, tones: string): void
  silence(call: string): void
}

export type PhoneErrorCode =
  Trouble | 'no_such_call' | 'not_on_line' | 'wrong_number' | 'no_holder' | 'failed'

export class PhoneError extends Error {
  constructor(readonly code: PhoneErrorCode) {
    super(code)
    this.name = 'PhoneError'
  }
}
