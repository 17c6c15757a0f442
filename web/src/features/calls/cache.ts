/** Lists of calls already on the screen follow the stream: changed cards in place, new ones on top. */
import type { InfiniteData, QueryClient } from '@tanstack/vue-query'
import type { CallCard, CallFilter, FeedItem, Page } from '@/api'
import { onCall } from '@/live'

type CallPages = InfiniteData<Page<CallCard>, string | null>
type FeedPages = InfiniteData<Page<FeedItem>, string | null>

/** Whether a call belongs into a filtered list; null when only the server can tell. */
export function fits(call: CallCard, filter: CallFilter, myId: string): boolean | null {
  if (filter.q) return null
  if (filter.direction && call.direction !== filter.direction) return false
  if (call.merged_into) return false
  const statuses = [filter.status ?? []].flat()
  if (statuses.length && (call.status === null || !statuses.includes(call.status))) return false
  if (filter.from && call.began_at < filter.from) return false
  if (filter.to && call.began_at >= filter.to) return false
  if (filter.line && call.line?.id !== filter.line) return false
  const took = (id: string) => call.employees.some((one) => one.id === id)
  if (filter.employee && !took(filter.employee)) return false
  if (filter.mine && !took(myId)) return false
  if (filter.client && call.who?.client?.id !== filter.client) return false
  if (filter.lead && call.who?.lead?.id !== filter.lead) return false
  if (filter.unregistered && call.who !== null) return false
  if (filter.has_recording && call.recordings.length === 0) return false
  return true
}

/** The list with the card put in its place; the same object when nothing changed. */
export function placed(pages: CallPages, call: CallCard, belongs: boolean): CallPages {
  const known = pages.pages.some((page) => page.items.some((one) => one.id === call.id))
  if (!known && !belongs) return pages
  const first = pages.pages[0]
  if (!first) return pages
  if (known) {
    const put = (one: CallCard) => (one.id === call.id ? (one.version > call.version ? one : call) : one)
    return {
      ...pages,
      pages: pages.pages.map((page) => ({
        ...page,
        items: page.items.map(put).filter((one) => belongs || one.id !== call.id),
      })),
    }
  }
  const items = [call, ...first.items].sort((one, other) => other.began_at.localeCompare(one.began_at))
  return { ...pages, pages: [{ ...first, items }, ...pages.pages.slice(1)] }
}

function inFeed(pages: FeedPages, call: CallCard): FeedPages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => (item.call?.id === call.id ? { ...item, call } : item)),
    })),
  }
}

/** Returns the function that stops it. */
export function keepCallsFresh(queries: QueryClient, myId: () => string): () => void {
  return onCall((call) => {
    for (const [key, pages] of queries.getQueriesData<CallPages>({ queryKey: ['calls'] })) {
      if (!pages) continue
      const belongs = fits(call, (key[1] ?? {}) as CallFilter, myId())
      if (belongs === null) void queries.invalidateQueries({ queryKey: key })
      else queries.setQueryData(key, placed(pages, call, belongs))
    }
    // A chronology is not pushed: the picked call's details are read anew.
    void queries.invalidateQueries({ queryKey: ['call', call.id] })
    for (const [key, pages] of queries.getQueriesData<FeedPages>({ queryKey: ['feed'] })) {
      if (!pages) continue
      const shown = pages.pages.some((page) => page.items.some((item) => item.call?.id === call.id))
      const [, , owner] = key as [string, string, string]
      if (shown) queries.setQueryData(key, inFeed(pages, call))
      else if (call.who?.client?.id === owner || call.who?.lead?.id === owner) {
        void queries.invalidateQueries({ queryKey: key })
      }
    }
  })
}
