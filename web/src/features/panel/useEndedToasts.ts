/** A word about a call that ended otherwise than by a plain hang-up. */
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { usePhoneBridge, type EndedCall } from '@/phone'
import { toast } from '@/ui'
import { shownNumber } from './numbers'

/** What the telephone says once, a window opened later need not repeat. */
const FRESH_MS = 5000

export function useEndedToasts(): void {
  const phone = usePhoneBridge()
  const { t } = useI18n()

  watch(
    () => phone.state.lastEnded,
    (ended, before) => {
      if (ended === null || ended.id === before?.id || Date.now() - ended.at > FRESH_MS) return
      const reason = reasonToTell(ended)
      if (reason === null) return
      const who = ended.name || shownNumber(ended.number)
      toast(t(`panel.ended.${reason}`, { who }), { tone: reason === 'elsewhere' ? 'plain' : 'bad' })
    },
  )
}

function reasonToTell({ direction, reason }: EndedCall) {
  if (reason === null || reason === 'cancelled') return null
  // We declined it, or it rang out: the person knows, and the list shows it.
  if (direction === 'incoming' && (reason === 'rejected' || reason === 'no_answer')) return null
  return reason
}
