import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  api,
  type CallCard,
  type EmployeeLive,
  type ExchangeState,
  type LineOut,
  type Me,
  type NamedRef,
  type Start,
} from '@/api'
import { CallBook, type CallNews } from './calls'
import * as happenings from './happenings'
import type { StreamEvent } from './messages'
import { Stream, type Link } from './stream'

const RETRY_MS = 3000

export const useLive = defineStore('live', () => {
  const me = ref<Me | null>(null)
  const firm = ref<Start['firm'] | null>(null)
  const employees = ref<EmployeeLive[]>([])
  const groups = ref<NamedRef[]>([])
  const lines = ref<LineOut[]>([])
  const calls = shallowRef<CallCard[]>([])
  const exchange = ref<ExchangeState>({ state: 'starting', since: null })
  const simulator = ref(false)
  const missedUnseen = ref(0)
  const link = ref<Link>('connecting')

  const book = new CallBook()
  let stream: Stream | null = null
  /** Events that came while the snapshot was on its way; null when none is. */
  let queue: StreamEvent[] | null = null

  /** My own live calls: those with a leg of mine that has not ended. */
  const myCalls = computed(() =>
    calls.value.filter((call) =>
      call.legs.some((leg) => leg.state !== 'ended' && leg.employee?.id === me.value?.id),
    ),
  )

  /** Reads the snapshot and opens the stream. Rejects with `ApiError` when the snapshot cannot be had. */
  async function load(): Promise<void> {
    close()
    link.value = 'connecting'
    const start = await api.start()
    applySnapshot(start)
    const url = new URL('/ws/stream', location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    stream = new Stream(url.href, start.event, {
      link: (state) => (link.value = state),
      missed: () => void refresh(false),
      event: take,
    })
    stream.open()
  }

  function close(): void {
    stream?.close()
    stream = null
    queue = null
  }

  /** Reads the snapshot anew under the open stream; what the stream brings meanwhile waits and is applied after it. */
  async function refresh(rightsChanged: boolean): Promise<void> {
    if (queue !== null || stream === null || link.value === 'signed_out') return
    queue = []
    try {
      const start = await api.start()
      const waiting = queue as StreamEvent[] | null
      queue = null
      if (waiting === null) return
      applySnapshot(start)
      stream.after = Math.max(stream.after, start.event)
      happenings.reread.tell(rightsChanged)
      waiting.filter(({ event }) => event > start.event).forEach((event) => apply(event, true))
    } catch {
      // Whatever the reason, this window must not go on with holes in what it shows.
      queue = null
      setTimeout(() => void refresh(rightsChanged), RETRY_MS)
    }
  }

  function applySnapshot(start: Start): void {
    me.value = start.me
    firm.value = start.firm
    employees.value = start.employees
    groups.value = start.groups
    lines.value = start.lines
    exchange.value = start.exchange
    simulator.value = start.simulator
    missedUnseen.value = start.missed_unseen
    book.replace(start.calls)
    calls.value = book.cards
  }

  function take(event: StreamEvent, stale: boolean): void {
    if (queue === null) apply(event, stale)
    else queue.push(event)
  }

  function apply(event: StreamEvent, stale: boolean): void {
    switch (event.kind) {
      case 'call':
        putCall(event.data)
        break
      case 'recordings':
        if (book.record(event.data.call_id, event.data.recordings)) calls.value = book.cards
        happenings.recorded.tell(event.data)
        break
      case 'employee':
        putEmployee(event.data)
        break
      case 'exchange':
        exchange.value = event.data
        break
      case 'client':
      case 'lead':
        happenings.changed.tell(event.kind, event.data)
        break
      case 'rights':
        void refresh(true)
        break
      case 'card.open':
        if (!stale) happenings.cardOpen.tell(event.data)
        break
      case 'phone.dial':
        if (!stale) happenings.dial.tell(event.data)
        break
      case 'phone.taken':
        // A wish that is state: whoever slept through it must leave the line all the same.
        happenings.taken.tell(event.data)
        break
      case 'notice':
        if (!stale) happenings.notice.tell(event.data)
        break
    }
  }

  /** Also for cards that come as answers of the API. */
  function putCall(card: CallNews): void {
    const wasLive = book.find(card.id) !== undefined
    if (!book.put(card)) return
    calls.value = book.cards
    if (wasLive && isMissedByMe(card)) missedUnseen.value += 1
    happenings.called.tell(card)
  }

  function putEmployee(employee: EmployeeLive): void {
    const place = employees.value.findIndex(({ id }) => id === employee.id)
    if (place < 0) employees.value.push(employee)
    else employees.value[place] = employee
  }

  function isMissedByMe(card: CallNews): boolean {
    return (
      !card.live &&
      card.direction !== 'outgoing' &&
      card.status === 'missed' &&
      card.legs.some((leg) => leg.employee?.id === me.value?.id)
    )
  }

  async function markMissedSeen(): Promise<void> {
    if (missedUnseen.value === 0) return
    missedUnseen.value = 0
    await api.calls.allSeen()
  }

  return {
    me,
    firm,
    employees,
    groups,
    lines,
    calls,
    myCalls,
    exchange,
    simulator,
    missedUnseen,
    link,
    load,
    refresh,
    close,
    putCall,
    markMissedSeen,
  }
})

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useLive, import.meta.hot))
