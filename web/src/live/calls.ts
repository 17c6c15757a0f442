/** The live calls by id. Pure bookkeeping: which of two cards of one call is the newer one. */
import type { CallCard, Recording } from '@/api'
import type { PushedCall } from './messages'

/** A card as it came: pushed, without recordings, or from the API, with them. */
export type CallNews = PushedCall & Partial<Pick<CallCard, 'recordings'>>

/** The whole card: what is pushed says nothing about the recordings we know already. */
export function whole(news: CallNews, known?: CallCard): CallCard {
  return { ...news, recordings: news.recordings ?? known?.recordings ?? [] }
}

/** Ended calls remembered so that a late event does not bring one of them back to life. */
const REMEMBERED = 500

export class CallBook {
  private live = new Map<string, CallCard>()
  private ended = new Map<string, number>()

  get cards(): CallCard[] {
    return [...this.live.values()].sort((one, other) => one.began_at.localeCompare(other.began_at))
  }

  find(id: string): CallCard | undefined {
    return this.live.get(id)
  }

  /** True when the card was news; false when a newer one is known already. */
  put(card: CallNews): boolean {
    const known = this.live.get(card.id)
    const version = known?.version ?? this.ended.get(card.id)
    if (version !== undefined && card.version <= version) return false
    if (card.live) this.live.set(card.id, whole(card, known))
    else this.end(card)
    return true
  }

  /** False when the call is not live. */
  record(id: string, recordings: Recording[]): boolean {
    const card = this.live.get(id)
    if (card) this.live.set(id, { ...card, recordings })
    return card !== undefined
  }

  /** The snapshot's calls replace ours, but for those of which we know a newer card. */
  replace(cards: readonly CallCard[]): void {
    const former = this.live
    this.live = new Map()
    for (const card of cards) {
      const known = former.get(card.id)
      const newest = known !== undefined && known.version > card.version ? known : card
      if (!this.ended.has(card.id)) this.live.set(card.id, newest)
    }
  }

  private end(card: CallNews): void {
    this.live.delete(card.id)
    this.ended.set(card.id, card.version)
    const oldest = this.ended.keys().next()
    if (this.ended.size > REMEMBERED && !oldest.done) this.ended.delete(oldest.value)
  }
}
