/** Cards and lists of clients and leads follow what others change. */
import type { QueryClient } from '@tanstack/vue-query'
import { onChanged } from '@/live'

/** Returns the function that stops it. */
export function keepClientsFresh(queries: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = onChanged((what, { id }) => {
    void queries.invalidateQueries({ queryKey: [what, id] })
    // An import changes hundreds at once: the list is read again when it has calmed down.
    clearTimeout(timer)
    timer = setTimeout(() => void queries.invalidateQueries({ queryKey: [`${what}s`] }), 800)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}
