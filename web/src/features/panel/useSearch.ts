/** What the one field finds: the number itself when it is one, and whoever the server knows by it. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { api, ApiError, type SearchHit } from '@/api'
import { useLive } from '@/live'
import type { DialTarget } from '@/ui'
import { dialable, looksLikeNumber, shownNumber } from './numbers'

const PAUSE_MS = 130
/** Numbers of one hit shown under it. */
const NUMBERS = 3

export interface SearchOption {
  key: string
  kind: SearchHit['kind']
  title: string
  subtitle: string
  shown: string
  /** A further number of the hit above. */
  further: boolean
  target: (DialTarget & { name?: string }) | null
}

export function useSearch(text: Ref<string>): {
  options: ComputedRef<SearchOption[]>
  busy: Ref<boolean>
  problem: Ref<string>
} {
  const live = useLive()
  const hits = ref<SearchHit[]>([])
  const busy = ref(false)
  const problem = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked: AbortController | null = null

  watch(text, (now) => {
    clearTimeout(timer)
    asked?.abort()
    problem.value = ''
    if (now.trim().length < 2) {
      hits.value = []
      busy.value = false
      return
    }
    busy.value = true
    timer = setTimeout(() => void ask(now.trim()), PAUSE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    asked?.abort()
  })

  async function ask(query: string): Promise<void> {
    const mine = (asked = new AbortController())
    try {
      hits.value = (await api.search(query, 12, mine.signal)).hits
    } catch (error) {
      if (mine.signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      hits.value = []
      problem.value = error.message
    }
    busy.value = false
  }

  const options = computed<SearchOption[]>(() => {
    const found: SearchOption[] = []
    const number = dialable(text.value)
    if (looksLikeNumber(text.value) && number.length >= 2) {
      const shown = shownNumber(number)
      found.push({
        key: 'number',
        kind: 'number',
        title: shown,
        subtitle: '',
        shown,
        further: false,
        target: { number },
      })
    }
    for (const hit of hits.value) if (hit.kind !== 'number') found.push(...optionsOf(hit))
    return found
  })

  function optionsOf(hit: SearchHit): SearchOption[] {
    const key = `${hit.kind}-${hit.id}`
    const base = { kind: hit.kind, title: hit.title, subtitle: hit.subtitle }
    if (hit.kind === 'employee') {
      const extension =
        live.employees.find(({ id }) => id === hit.id)?.extension ?? hit.phones[0]?.extension ?? null
      const target = extension === null ? null : { number: extension, name: hit.title }
      return [{ ...base, key, shown: extension ?? '', further: false, target }]
    }
    if (hit.phones.length === 0) return [{ ...base, key, shown: '', further: false, target: null }]
    return hit.phones.slice(0, NUMBERS).map((phone, index) => ({
      ...base,
      key: `${key}-${phone.id}`,
      shown: phone.shown,
      further: index > 0,
      target: { phone_id: phone.id, name: hit.title },
    }))
  }

  return { options, busy, problem }
}
