/** What a call is called on the screen: its outcome, who it was with, its tone. Pure. */
import type { CallCard, Match } from '@/api'
import type { Tone } from '@/ui'

/** Key of the message for the call's outcome, or for its state while it lives. */
export function statusKey(call: CallCard): string {
  if (call.live || call.status === null)
    return `call_status.live_${call.state === 'ended' ? 'talking' : call.state}`
  if (call.lost) return 'call_status.lost'
  return `call_status.${call.direction}_${call.status}`
}

/** Key of the words for why a number is thought to be theirs; `{detail}` in them is `reason_detail`. */
export function reasonKey(match: Match): string {
  return `match_reason.${match.reason}`
}

/** We did not answer somebody who called: the one outcome that asks for something. */
export function isMissed(call: CallCard): boolean {
  return !call.live && call.direction === 'incoming' && call.status !== 'answered' && call.status !== null
}

export function statusTone(call: CallCard): Tone {
  if (call.live) return call.state === 'ringing' ? 'ring' : 'ok'
  if (call.status === 'answered') return 'ok'
  // A missed call is red until somebody has talked with the one who called.
  return call.unreached || call.lost || call.status === 'failed' ? 'bad' : 'plain'
}

/** The tone of the direction's icon: a missed one is red, one that led to no talk is grey. */
export function iconTone(call: CallCard): 'ok' | 'bad' | 'ring' | 'faint' {
  if (call.live) return call.state === 'ringing' ? 'ring' : 'ok'
  if (isMissed(call)) return 'bad'
  return call.status === 'answered' ? 'ok' : 'faint'
}

export interface Party {
  /** The client, the lead, or null while nobody is known. */
  name: string | null
  lead: boolean
  /** The contact person, when it is known who of the client it was. */
  person: string | null
  position: string | null
  /** Address of the card in the workspace. */
  to: string | null
}

/** The other side of a call as the base knows it. */
export function party(call: CallCard): Party {
  const who = call.who
  if (who?.client) {
    return {
      name: who.client.name,
      lead: false,
      person: who.person?.name ?? null,
      position: who.person?.position ?? null,
      to: `/clients/${who.client.id}`,
    }
  }
  if (who?.lead) {
    return { name: who.lead.name, lead: true, person: null, position: null, to: `/leads/${who.lead.id}` }
  }
  if (who?.person) {
    return { name: who.person.name, lead: false, person: null, position: who.person.position, to: null }
  }
  return { name: null, lead: false, person: null, position: null, to: null }
}

/** Employees in the order they took part, once each when they follow themselves. */
export function employeesLine(call: CallCard): string {
  const internal = call.direction === 'internal'
  const took = call.answered_by.length && !internal ? call.answered_by : call.employees
  const separator = call.answered_by.length || internal ? ' → ' : ', '
  return took
    .filter((one, index) => one.id !== took[index - 1]?.id)
    .map((one) => one.name)
    .join(separator)
}

/** For how long it has been ringing or talking, in milliseconds. */
export function liveSpan(call: CallCard, now: number): number {
  return Math.max(0, now - Date.parse(call.answered_at ?? call.began_at))
}
