/** What the server pushes over `/ws/stream`. Every event carries the whole card and is applied by upsert. */
import type { CallCard, EmployeeLive, ExchangeState, Recording } from '@/api'

/** A pushed card has no recordings: they come apart, to those who may hear them. */
export type PushedCall = Omit<CallCard, 'recordings'>

/** All recordings of a call this employee may hear; follows the call's card. */
export interface CallRecordings {
  call_id: string
  recordings: Recording[]
}

/** A card to be opened: the employee answered a call, or their outgoing call was answered. */
export interface CardOpen {
  call_id: string
  kind: 'client' | 'lead' | 'new_client' | 'new_lead'
  /** null for the forms of something new. */
  id: string | null
  number: string
  shown: string
}

/** Click-to-call made in another window: the window that holds the telephone dials. */
export interface DialRequest {
  command_id: string
  number: string
  shown: string
}

/** A window went on line with this employee's telephone; one elsewhere that was on line leaves it. */
export interface PhoneTaken {
  window: string
}

export interface CardChange {
  id: string
  version: number
  deleted: boolean
}

export interface Notice {
  level: 'info' | 'warning' | 'error'
  text: string
}

interface Numbered<Kind extends string, Data> {
  event: number
  kind: Kind
  data: Data
}

export type StreamEvent =
  | Numbered<'call', PushedCall>
  | Numbered<'recordings', CallRecordings>
  | Numbered<'employee', EmployeeLive>
  | Numbered<'card.open', CardOpen>
  | Numbered<'client', CardChange>
  | Numbered<'lead', CardChange>
  | Numbered<'exchange', ExchangeState>
  | Numbered<'phone.dial', DialRequest>
  | Numbered<'phone.taken', PhoneTaken>
  | Numbered<'rights', unknown>
  | Numbered<'signed_out', unknown>
  | Numbered<'notice', Notice>

export type StreamFrame = { kind: 'hello'; event: number; resumed: boolean } | { kind: 'beat' } | StreamEvent

/** Reads one frame; null for what is not one. A kind we do not know yet is passed on and ignored there. */
export function parseFrame(text: string): StreamFrame | null {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof frame !== 'object' || frame === null || !('kind' in frame)) return null
  return typeof frame.kind === 'string' ? (frame as StreamFrame) : null
}
