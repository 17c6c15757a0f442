/** The system's notification of a call while this window is not looked at, with Accept and Decline on it. */
import { ref, watch, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { usePhoneBridge } from '@/phone'
import { command } from './dialling'
import type { CallView } from './useCallViews'

const permission = ref<NotificationPermission>('Notification' in window ? Notification.permission : 'denied')

export function useNotificationPermission() {
  return {
    permission,
    ask: async () => {
      permission.value = await Notification.requestPermission()
    },
  }
}

/** Options known to Chromium and not to the standard library of types. */
interface CallNotification extends NotificationOptions {
  actions: { action: string; title: string }[]
  renotify?: boolean
}

export function useNotifications(ringing: ComputedRef<CallView[]>): void {
  const phone = usePhoneBridge()
  const { t } = useI18n()
  const shown = new Set<string>()

  navigator.serviceWorker?.addEventListener(
    'message',
    ({ data }: MessageEvent<{ do: string; call: string }>) => {
      if (phone.state.holder !== 'here') return
      if (data.do === 'answer') void command(phone.answer(data.call))
      if (data.do === 'decline') void command(phone.decline(data.call))
    },
  )

  // Only the window that holds the telephone notifies, and again when it learns who it is.
  watch(
    () => ringing.value.map((view) => [view.phone?.id ?? '', view.title, view.person, view.number] as const),
    (now) => {
      for (const id of shown) if (!now.some(([ringingId]) => ringingId === id)) void close(id)
      if (document.visibilityState === 'visible' && document.hasFocus()) return
      if (phone.state.holder !== 'here' || permission.value !== 'granted') return
      for (const [id, ...words] of now) if (id !== '') void show(id, words)
    },
    { deep: true },
  )
  window.addEventListener('focus', () => shown.forEach((id) => void close(id)))

  async function show(id: string, [title, person, number]: [string, string, string]): Promise<void> {
    const registration = await navigator.serviceWorker?.getRegistration(import.meta.env.BASE_URL)
    if (!registration) return
    shown.add(id)
    const options: CallNotification = {
      body: [person, number].filter(Boolean).join('\n'),
      tag: id,
      data: { call: id },
      requireInteraction: true,
      silent: true,
      icon: `${import.meta.env.BASE_URL}icon.svg`,
      actions: [
        { action: 'answer', title: t('panel.notification.accept') },
        { action: 'decline', title: t('panel.notification.decline') },
      ],
    }
    await registration.showNotification(t('panel.notification.title', { who: title }), options)
  }

  async function close(id: string): Promise<void> {
    shown.delete(id)
    const registration = await navigator.serviceWorker?.getRegistration(import.meta.env.BASE_URL)
    const open = (await registration?.getNotifications({ tag: id })) ?? []
    open.forEach((notification) => notification.close())
  }
}
