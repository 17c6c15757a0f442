/**
 * A talk with somebody settles the missed calls before it. The server says so whenever a card is read; cards that are on
 * the screen already learn it here, since only the talk's own card is pushed. Pure.
 */
import type { CallCard } from '@/api'

/** Whoever gets through within a day has not lost the call of a stranger. */
const A_DAY = 86_400_000

/** That somebody talked with the other side. */
export function answers(call: CallCard): boolean {
  return call.status === 'answered' && !!call.number?.e164 && !call.merged_into
}

/** A card as it is after the talk; the same object when the talk says nothing about it. */
export function reached(card: CallCard, talk: CallCard): CallCard {
  if (!card.unreached || card.number?.e164 !== talk.number?.e164 || talk.began_at <= card.began_at)
    return card
  const late = Date.parse(talk.began_at) - Date.parse(card.began_at) >= A_DAY
  return { ...card, unreached: false, lost: card.lost && late }
}
