/**
 * The telephone in the browser.
 *
 * Exactly one window of the browser holds the telephone (an elected panel window); every other window, the workspace
 * too, sees its state and drives it. For a window that only drives:
 *
 * ```ts
 * const phone = usePhoneBridge()      // any component or store; one bridge per window
 * phone.state                         // reactive PhoneState: holder, line, calls[], trouble, lastEnded
 * phone.active                        // computed: the call being talked on (or calling, or held), null when none
 * phone.ringing                       // computed: incoming calls that ring, oldest first
 * phone.callOf(card)                  // PhoneCall belonging to a CallCard, or null
 * await phone.answer(id)              // decline, hangUp, hold(id, on), mute(id, on), keys(id, '12#'), swap(), dial(number)
 * ```
 *
 * Commands reject with `PhoneError`; its `code` is `no_holder` when no window holds the telephone: call through
 * `POST /api/calls` then (the server rings the desk phone or tells the panel). `state.holder` is `elsewhere` in the
 * workspace whenever a panel window exists, `nobody` when none does; whether it is on line says `state.line === 'on'`.
 *
 * A workspace window calls `announceWorkspace((path) => router.push(path))` once: the panel then knows that cards open
 * there by themselves, and can ask it to show one.
 */
export { usePhoneBridge } from './bridge'
export type { PhoneBridge } from './bridge'
export { announceWorkspace, isWorkspaceOpen, showInWorkspace } from './presence'
export { PhoneError } from './types'
export type { EndedCall, EndReason, LineState, PhoneCall, PhoneCallState, PhoneState, Trouble } from './types'
