/**
 * What the server keeps fresh in every window: who I am, colleagues, live calls, the exchange.
 *
 * `useLive()` is one Pinia store for both pages; `load()` reads `/api/start` and opens the stream. The handlers below
 * are for what happens rather than is; each returns the function that takes the handler away again.
 */
export { useLive } from './store'
export {
  onCall,
  onCardOpen,
  onChanged,
  onDial,
  onNotice,
  onPhoneTaken,
  onRecordings,
  onReread,
} from './happenings'
export { whole, type CallNews } from './calls'
export type { Link } from './stream'
export type { CallRecordings, CardChange, CardOpen, DialRequest, Notice } from './messages'
