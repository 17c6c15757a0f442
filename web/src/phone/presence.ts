/**
 * Is a workspace open in this browser, and let it show a page. A workspace window holds a shared Web Lock for as long
 * as it lives, which the browser takes back even when the window crashes; nothing to keep alive by messages.
 */
import { randomId } from '@/kit/ids'

const LOCK = 'svyaz.workspace'
const CHANNEL = 'svyaz.workspace'
/** Which of several workspace windows was looked at last: that one shows what is asked for. */
const LAST = 'svyaz.workspace.last'

let announced = false

/**
 * Called once by a workspace window. `show` is given a path (`/clients/…`) that the panel wants to be seen; without it
 * the panel opens a window of its own.
 */
export function announceWorkspace(show?: (path: string) => void): void {
  // A page that is not secure has no Web Locks: the panel then opens cards in a window of its own.
  if (announced || !('locks' in navigator)) return
  announced = true
  void navigator.locks.request(LOCK, { mode: 'shared' }, forever)
  const id = randomId()
  const looked = () => localStorage.setItem(LAST, id)
  looked()
  window.addEventListener('focus', looked)
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<string>) => {
    if (localStorage.getItem(LAST) === id) show?.(data)
  }
}

export async function isWorkspaceOpen(): Promise<boolean> {
  if (!('locks' in navigator)) return false
  const { held = [] } = await navigator.locks.query()
  return held.some((lock) => lock.name === LOCK)
}

/** Asks the open workspace to show a page. */
export function showInWorkspace(path: string): void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.postMessage(path)
  channel.close()
}

/** A promise that never ends: a Web Lock waits on it until its window dies. */
export function forever(): Promise<never> {
  return new Promise<never>(() => undefined)
}
