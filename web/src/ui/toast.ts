/** Short words in the corner: what was done, with the way back; or what failed. */
import { ref } from 'vue'

export interface ToastAction {
  label: string
  run: () => void
}

export interface ToastMessage {
  id: number
  text: string
  tone: 'plain' | 'ok' | 'bad'
  action: ToastAction | null
  /** Milliseconds it stays; the pointer over it stops the clock. */
  stays: number
}

export const toasts = ref<ToastMessage[]>([])
let last = 0

export function toast(
  text: string,
  options: { tone?: ToastMessage['tone']; action?: ToastAction; stays?: number } = {},
): number {
  const id = ++last
  const stays = options.stays ?? (options.action ? 10_000 : options.tone === 'bad' ? 8_000 : 4_000)
  toasts.value = [
    // Said again, it stands once and stays longer.
    ...toasts.value.filter((one) => one.text !== text || one.action !== null).slice(-3),
    { id, text, tone: options.tone ?? 'plain', action: options.action ?? null, stays },
  ]
  return id
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

/** Shows what went wrong in the words of the error. */
export function toastError(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), { tone: 'bad' })
}
