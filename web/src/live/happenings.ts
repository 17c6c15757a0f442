/** Things that happen once: a card to open, a number to dial, a notice to show. Held nowhere, told to who listens. */
import type { CallNews } from './calls'
import type { CallRecordings, CardChange, CardOpen, DialRequest, Notice, PhoneTaken } from './messages'

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
export const called = new Happening<[CallNews]>()
export const recorded = new Happening<[CallRecordings]>()
export const changed = new Happening<['client' | 'lead', CardChange]>()
export const dial = new Happening<[DialRequest]>()
export const taken = new Happening<[PhoneTaken]>()
export const notice = new Happening<[Notice]>()
export const reread = new Happening<[boolean]>()

/** The employee answered a call (or was answered): open its card. Not told for one that is long past. */
export const onCardOpen = cardOpen.on
/** Every card of a call that is news, ended calls too. */
export const onCall = called.on
/** Recordings of a call began, are being made, can be played: only for those who may hear them. */
export const onRecordings = recorded.on
/** A client or a lead was changed or deleted by somebody. */
export const onChanged = changed.on
export const onDial = dial.on
export const onPhoneTaken = taken.on
export const onNotice = notice.on
/** What a page has read may be out of date: the stream has a hole, or (true) other rights let other things be seen. */
export const onReread = reread.on
