/** Lists of calls already on the screen follow the stream: changed cards in place, new ones on top. */
import type { InfiniteData, QueryClient } from '@tanstack/vue-query'
import type { CallCard, CallFilter, FeedItem, Page } from '@/api'
import { onCall, onRecordings, whole } from '@/live'
import { answers, reached } from './reached'

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
  if (filter.first_contact && !call.first_contact) return false
  if (filter.has_recording && call.recordings.length === 0) return false
  return true
}

/** The list with the card put in its place; the same object when nothing changed. */
export function placed(pages: CallPages, call: CallCard, belongs: boolean): CallPages {
  const known = find(pages, call.id)
  const first = pages.pages[0]
  if (known && !belongs) return { ...pages, pages: pages.pages.map((page) => without(page, call.id)) }
  if (known)
    return known.version > call.version ? pages : changed(pages, (one) => (one === known ? call : one))
  if (!belongs || !first) return pages
  const items = [call, ...first.items].sort((one, other) => other.began_at.localeCompare(one.began_at))
  return { ...pages, pages: [{ ...first, items }, ...pages.pages.slice(1)] }
}

function find(pages: CallPages, id: string): CallCard | undefined {
  return pages.pages.flatMap((page) => page.items).find((one) => one.id === id)
}

function without(page: Page<CallCard>, id: string): Page<CallCard> {
  return { ...page, items: page.items.filter((one) => one.id !== id) }
}

/** Every card through `change`. */
function changed(pages: CallPages, change: (card: CallCard) => CallCard): CallPages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map(change) })) }
}

function changedInFeed(pages: FeedPages, change: (card: CallCard) => CallCard): FeedPages {
  const put = (item: FeedItem) => (item.call ? { ...item, call: change(item.call) } : item)
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map(put) })) }
}

function findInFeed(pages: FeedPages, id: string): CallCard | undefined {
  const item = pages.pages.flatMap((page) => page.items).find((one) => one.call?.id === id)
  return item?.call ?? undefined
}

/** Returns the function that stops it. */
export function keepCallsFresh(queries: QueryClient, myId: () => string): () => void {
  const lists = () => queries.getQueriesData<CallPages>({ queryKey: ['calls'] })
  const feeds = () => queries.getQueriesData<FeedPages>({ queryKey: ['feed'] })

  const stopCalls = onCall((news) => {
    for (const [key, pages] of lists()) {
      if (!pages) continue
      const call = whole(news, find(pages, news.id))
      const belongs = fits(call, (key[1] ?? {}) as CallFilter, myId())
      if (belongs === null) void queries.invalidateQueries({ queryKey: key })
      else queries.setQueryData(key, placed(settled(pages, call), call, belongs))
    }
    // A chronology is not pushed: the picked call's details are read anew.
    void queries.invalidateQueries({ queryKey: ['call', news.id] })
    for (const [key, pages] of feeds()) {
      if (!pages) continue
      const known = findInFeed(pages, news.id)
      const call = whole(news, known)
      const [, , owner] = key as [string, string, string]
      if (known) {
        queries.setQueryData(
          key,
          changedInFeed(pages, (one) => (one === known ? call : reached(one, call))),
        )
      } else if (call.who?.client?.id === owner || call.who?.lead?.id === owner) {
        void queries.invalidateQueries({ queryKey: key })
      }
    }
  })
  const settled = (pages: CallPages, call: CallCard) =>
    answers(call) ? changed(pages, (one) => reached(one, call)) : pages

  const stopRecordings = onRecordings(({ call_id, recordings }) => {
    const put = (one: CallCard) => (one.id === call_id ? { ...one, recordings } : one)
    for (const [key, pages] of lists()) {
      if (!pages) continue
      if (find(pages, call_id)) queries.setQueryData(key, changed(pages, put))
      // The first recording of a call brings it into a list of recorded ones.
      else if ((key[1] as CallFilter | undefined)?.has_recording) {
        void queries.invalidateQueries({ queryKey: key })
      }
    }
    for (const [key, pages] of feeds()) {
      if (pages && findInFeed(pages, call_id)) queries.setQueryData(key, changedInFeed(pages, put))
    }
    void queries.invalidateQueries({ queryKey: ['call', call_id] })
  })
  return () => {
    stopCalls()
    stopRecordings()
  }
}
