/** What a page reads anew when single events do not tell what changed. */
import type { QueryClient } from '@tanstack/vue-query'
import { onReread } from '@/live'

/** Rights decide who sees them. */
const CALLS: unknown[] = ['calls', 'call', 'feed']

/** Returns the function that stops it. */
export function rereadAfterGaps(queries: QueryClient): () => void {
  return onReread((rightsChanged) => {
    const forget = (key: unknown) => rightsChanged && CALLS.includes(key)
    // What may no longer be seen must not stay until the answer comes. All else does: somebody may be typing in it.
    void queries.resetQueries({ predicate: ({ queryKey }) => forget(queryKey[0]) })
    void queries.invalidateQueries({ predicate: ({ queryKey }) => !forget(queryKey[0]) })
  })
}
