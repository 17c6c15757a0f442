/** Which panel window holds the telephone: the one that has the Web Lock. The rest stand in its queue. */

import { forever } from './presence'

export const HOLDER_LOCK = 'svyaz.phone.holder'

export interface ElectionHandlers {
  elected(): void
  /** Another window took the telephone; this one stands in the queue again. */
  deposed(): void
}

export class Election {
  private over = false

  constructor(private readonly handlers: ElectionHandlers) {}

  /** Stands for election. Without Web Locks (a page that is not secure) the window elects itself. */
  stand(): void {
    if (!('locks' in navigator)) {
      this.handlers.elected()
      return
    }
    this.request({})
  }

  /** Takes the telephone away from the window that holds it, at the person's wish. */
  take(): void {
    if ('locks' in navigator) this.request({ steal: true })
  }

  leave(): void {
    this.over = true
  }

  private request(options: LockOptions): void {
    let held = false
    navigator.locks
      .request(HOLDER_LOCK, options, () => {
        if (this.over) return undefined
        held = true
        this.handlers.elected()
        // Held until the window dies or another one takes it.
        return forever()
      })
      .catch((problem: unknown) => {
        // The browser rejects the loser of a theft with AbortError.
        if (!(problem instanceof DOMException && problem.name === 'AbortError')) throw problem
        if (held) this.handlers.deposed()
        if (!this.over) this.request({})
      })
  }
}
