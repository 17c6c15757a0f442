/** One click-to-call for the whole page; the page that holds the telephone replaces how it is done. */
import { api } from '@/api'
import { i18n } from '@/i18n'
import { toast, toastError } from './toast'

export interface DialTarget {
  number?: string
  phone_id?: string
}

type Dialler = (target: DialTarget) => Promise<void>

async function overServer(target: DialTarget): Promise<void> {
  const { shown } = await api.calls.dial(target)
  toast(i18n.global.t('common.calling', { number: shown }))
}

let dialler: Dialler = overServer

export function provideDial(own: Dialler): void {
  dialler = own
}

export function useDial(): { dial: (target: DialTarget) => Promise<void> } {
  return {
    async dial(target) {
      try {
        await dialler(target)
      } catch (error) {
        toastError(error)
      }
    },
  }
}
