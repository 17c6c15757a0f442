/** My calls, newest first: pages from the server, kept fresh by the stream. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, ApiError, type CallCard } from '@/api'
import { onCall, useLive, whole, type CallNews } from '@/live'
import { answers, reached } from '@/features/calls/reached'

const PAGE = 40

export type HistoryKind = 'all' | 'missed'

export function useHistory(kind: Ref<HistoryKind>) {
  const live = useLive()
  const rows = shallowRef<CallCard[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = ref<unknown>(null)
  let turn = 0

  async function load(more: boolean): Promise<void> {
    const mine = ++turn
    loading.value = true
    problem.value = null
    try {
      const page = await api.calls.list({
        mine: true,
        limit: PAGE,
        status: kind.value === 'missed' ? 'missed' : undefined,
        cursor: more ? next.value : null,
      })
      if (mine !== turn) return
      const known = new Set(more ? rows.value.map(({ id }) => id) : [])
      rows.value = [
        ...(more ? rows.value : []),
        ...page.items.filter(({ id, live: l }) => !known.has(id) && !l),
      ]
      next.value = page.next
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (mine === turn) problem.value = error
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  function take(news: CallNews): void {
    const place = rows.value.findIndex(({ id }) => id === news.id)
    const card = whole(news, rows.value[place])
    if (answers(card)) rows.value = rows.value.map((row) => reached(row, card))
    if (place >= 0) {
      rows.value = rows.value.with(place, card)
    } else if (!card.live && isMine(card) && (kind.value === 'all' || card.status === 'missed')) {
      rows.value = [card, ...rows.value].sort((one, other) => other.began_at.localeCompare(one.began_at))
    }
  }

  function isMine(card: CallCard): boolean {
    const me = live.me?.id
    return card.employees.some(({ id }) => id === me) || card.legs.some((leg) => leg.employee?.id === me)
  }

  watch(kind, () => void load(false), { immediate: true })
  // After a break the stream may have told of calls that this list has not heard of.
  watch(
    () => live.link,
    (link, before) => {
      if (link === 'open' && before === 'lost') void load(false)
    },
  )
  onScopeDispose(onCall(take))

  return {
    rows,
    loading,
    problem,
    hasMore: computed(() => next.value !== null),
    loadMore: () => (loading.value || next.value === null ? Promise.resolve() : load(true)),
    reload: () => load(false),
  }
}
