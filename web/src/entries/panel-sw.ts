/** Service worker of the panel: shows calls as system notifications and brings the pressed button to the telephone. */

// The page's types have no place for a worker's, so here is the little of them that is used.
interface PanelWindow {
  url: string
  postMessage(message: unknown): void
  focus(): Promise<unknown>
}
interface NotificationClick extends Event {
  action: string
  notification: Notification
  waitUntil(work: Promise<unknown>): void
}
const worker = self as unknown as EventTarget & {
  skipWaiting(): Promise<void>
  clients: { matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<PanelWindow[]> }
}

worker.addEventListener('install', () => void worker.skipWaiting())

worker.addEventListener('notificationclick', (event) => {
  const { action, notification, waitUntil } = event as NotificationClick
  const { call } = notification.data as { call: string }
  notification.close()
  waitUntil.call(event, handOver(action, call))
})

async function handOver(action: string, call: string): Promise<void> {
  // The panel lies outside this worker's scope, hence uncontrolled.
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const panels = windows.filter(({ url }) => new URL(url).pathname.startsWith('/panel'))
  if (action === 'answer' || action === 'decline') {
    // To all of them: only the one that holds the telephone acts.
    for (const panel of panels) panel.postMessage({ do: action, call })
  }
  if (action !== 'decline') await panels[0]?.focus()
}
