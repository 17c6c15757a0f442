/** My calls as they are on this desk: the telephone here may know an end that the server has yet to hear or tell. */
import { acceptHMRUpdate, defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { CallCard } from '@/api'
import { useLive } from '@/live'
import { usePhoneBridge, type PhoneCall } from '@/phone'
import { sameNumber } from '@/phone/bridge'

export const useMyCalls = defineStore('my-calls', () => {
  const live = useLive()
  const phone = usePhoneBridge()
  /** Ids of cards whose call this telephone had and has no more. */
  const over = shallowRef<ReadonlySet<string>>(new Set())

  const calls = computed(() => live.myCalls.filter((card) => !over.value.has(card.id) || isAtDesk(card)))

  /** The desk phone has a leg of its own, of which only the server knows. */
  function isAtDesk(card: CallCard): boolean {
    return card.legs.some(
      (leg) => leg.employee?.id === live.me?.id && leg.state !== 'ended' && !leg.endpoint.endsWith('-web'),
    )
  }

  watch(
    () => phone.state.calls,
    (now, before) => {
      // Without a holder nobody knows: the next window may find the call still there.
      if (phone.state.holder === 'nobody') return
      const gone = before.filter(({ id }) => !now.some((call) => call.id === id))
      const ended = live.myCalls.filter((card) => gone.some((call) => isOf(call, card)))
      const known = live.myCalls.filter(({ id }) => over.value.has(id))
      const back = (card: CallCard) => now.some(({ callKey }) => callKey === card.exchange_call)
      over.value = new Set([...known, ...ended].filter((card) => !back(card)).map(({ id }) => id))
    },
  )
  return { calls }
})

function isOf(call: PhoneCall, card: CallCard): boolean {
  if (call.callKey !== null) return call.callKey === card.exchange_call
  return [card.number?.e164, card.number?.shown].some((number) => number && sameNumber(number, call.number))
}

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useMyCalls, import.meta.hot))
