/** The live calls by id. Pure bookkeeping: which of two cards of one call is the newer one. */
import type { CallCard } from '@/api'

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
  put(card: CallCard): boolean {
    const known = this.live.get(card.id)?.version ?? this.ended.get(card.id)
    if (known !== undefined && card.version <= known) return false
    if (card.live) this.live.set(card.id, card)
    else this.end(card)
    return true
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

  private end(card: CallCard): void {
    this.live.delete(card.id)
    this.ended.set(card.id, card.version)
    const oldest = this.ended.keys().next()
    if (this.ended.size > REMEMBERED && !oldest.done) this.ended.delete(oldest.value)
  }
}
