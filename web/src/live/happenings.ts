/** Things that happen once: a card to open, a number to dial, a notice to show. Held nowhere, told to who listens. */
import type { CallCard } from '@/api'
import type { CardChange, CardOpen, DialRequest, Notice, PhoneTaken } from './messages'

type Handler<Args extends unknown[]> = (...args: Args) => void

class Happening<Args extends unknown[]> {
  private readonly handlers = new Set<Handler<Args>>()

  readonly on = (handler: Handler<Args>): (() => void) => {
    this.handlers.add(handler)
    return () => this.handlers.delete(handler)
  }

  readonly tell = (...args: Args): void => {
    this.handlers.forEach((handler) => handler(...args))
  }
}

export const cardOpen = new Happening<[CardOpen]>()
export const called = new Happening<[CallCard]>()
export const changed = new Happening<['client' | 'lead', CardChange]>()
export const dial = new Happening<[DialRequest]>()
export const taken = new Happening<[PhoneTaken]>()
export const notice = new Happening<[Notice]>()

/** The employee answered a call (or was answered): open its card. Not told for one that is long past. */
export const onCardOpen = cardOpen.on
/** Every card of a call that is news, ended calls too. */
export const onCall = called.on
/** A client or a lead was changed or deleted by somebody. */
export const onChanged = changed.on
export const onDial = dial.on
export const onPhoneTaken = taken.on
export const onNotice = notice.on
