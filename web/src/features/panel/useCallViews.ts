/**
 * Calls as the panel shows them: what the telephone knows (this can be answered, that is on hold) joined with what the
 * CRM knows (who it is, why we think so, what was said last).
 */
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { CallCard, Leg, Match } from '@/api'
import { useMyCalls } from '@/features/calls/mine'
import { useLive } from '@/live'
import { usePhoneBridge, type PhoneCall } from '@/phone'
import { sameNumber } from '@/phone/bridge'
import { shownNumber } from './numbers'

export interface CallView {
  key: string
  /** The telephone's call; null while the call rings or talks on the desk phone only. */
  phone: PhoneCall | null
  card: CallCard | null
  state: 'calling' | 'ringing' | 'talking' | 'held'
  direction: 'incoming' | 'outgoing'
  /** First line: the company, the person, the lead, the colleague; the number when nobody is known. */
  title: string
  /** Second line: the person and their position. */
  person: string
  /** The number as it is shown; empty when it is the title already. */
  number: string
  /** Milliseconds since the epoch, from when the timer runs. */
  since: number
}

export function useCallViews(): {
  views: ComputedRef<CallView[]>
  ringing: ComputedRef<CallView[]>
  current: ComputedRef<CallView | null>
  others: ComputedRef<CallView[]>
} {
  const live = useLive()
  const mine = useMyCalls()
  const phone = usePhoneBridge()
  const { t } = useI18n()

  const views = computed<CallView[]>(() => {
    const free = new Set(mine.calls)
    const pairs: [PhoneCall | null, CallCard | null][] = phone.state.calls.map((call) => {
      const card = [...free].find((one) => belongs(one, call)) ?? null
      if (card !== null) free.delete(card)
      return [call, card]
    })
    for (const card of free) pairs.push([null, card])
    return pairs.map(([call, card]) => view(call, card)).filter((one) => one !== null)
  })

  function belongs(card: CallCard, call: PhoneCall): boolean {
    if (call.callKey !== null) return card.exchange_call === call.callKey
    if (phone.state.calls.some((other) => other.callKey === card.exchange_call)) return false
    const numbers = [card.number?.e164, card.number?.shown, ...card.legs.map((leg) => leg.number)]
    return numbers.some((number) => number && sameNumber(number, call.number))
  }

  function view(call: PhoneCall | null, card: CallCard | null): CallView | null {
    const leg = card === null ? null : myLeg(card)
    const state = call?.state ?? legState(leg, card)
    if (state === null) return null
    const names = describe(card, call)
    return {
      key: call?.id ?? card?.id ?? '',
      phone: call,
      card,
      state,
      direction: call?.direction ?? (card?.direction === 'outgoing' ? 'outgoing' : 'incoming'),
      ...names,
      since: startOf(state, call, leg, card),
    }
  }

  function myLeg(card: CallCard): Leg | null {
    return card.legs.find((leg) => leg.employee?.id === live.me?.id && leg.state !== 'ended') ?? null
  }

  function describe(card: CallCard | null, call: PhoneCall | null) {
    const number = card?.number?.shown ?? shownNumber(call?.number ?? '')
    const colleague = card === null || card.direction === 'internal' ? colleagueOf(card, call) : null
    if (colleague !== null)
      return { title: colleague.name, person: '', number: colleague.extension ?? number }
    const { title, person } = whoOf(card?.who ?? null)
    if (title !== '') return { title, person, number }
    const name = card?.caller_name || call?.name || ''
    // Whoever we call was picked by name; a caller may send any.
    if (call?.direction === 'outgoing' && call.name !== '') return { title: call.name, person: '', number }
    return { title: number || t('panel.unknown_number'), person: name === number ? '' : name, number: '' }
  }

  function colleagueOf(card: CallCard | null, call: PhoneCall | null) {
    const ids = card?.legs.map((leg) => leg.employee?.id).filter((id) => id && id !== live.me?.id) ?? []
    return (
      live.employees.find(({ id }) => ids.includes(id)) ??
      live.employees.find(({ extension }) => extension !== null && extension === call?.number) ??
      null
    )
  }

  const ringing = computed(() => views.value.filter(({ state }) => state === 'ringing'))
  // What this telephone can act on goes before what only the desk phone can.
  const current = computed(() => {
    const going = views.value.filter(({ state }) => state !== 'ringing')
    const here = going.filter((one) => one.phone !== null)
    return here.find(({ state }) => state !== 'held') ?? here[0] ?? going[0] ?? null
  })
  const others = computed(() =>
    views.value.filter((one) => one.state !== 'ringing' && one.key !== current.value?.key),
  )
  return { views, ringing, current, others }
}

/** Title and person of a match: a company's person stands under the company, a private one alone. */
export function whoOf(match: Match | null): { title: string; person: string } {
  if (match === null) return { title: '', person: '' }
  if (match.kind === 'lead') return { title: match.lead?.name ?? '', person: '' }
  const person = [match.person?.name, match.person?.position].filter(Boolean).join(', ')
  if (match.client === null) return { title: person, person: '' }
  return { title: match.client.name, person }
}

function legState(leg: Leg | null, card: CallCard | null): CallView['state'] | null {
  if (leg === null || leg.state === 'ended') return null
  // Our own ringing leg in an outgoing call is the desk phone ringing us first.
  if (leg.state === 'ringing' && card?.direction === 'outgoing') return 'calling'
  return leg.state
}

function startOf(state: string, call: PhoneCall | null, leg: Leg | null, card: CallCard | null): number {
  const answered = call?.resumed || call === null ? (leg?.answered_at ?? card?.answered_at) : null
  if (state === 'talking' || state === 'held') {
    return answered ? Date.parse(answered) : (call?.answeredAt ?? Date.now())
  }
  return call?.beganAt ?? Date.parse(leg?.began_at ?? card?.began_at ?? new Date().toISOString())
}
