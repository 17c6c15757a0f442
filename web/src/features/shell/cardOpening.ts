/** A call was answered: its card opens by itself, in the workspace window the person looked at last. */
import { i18n } from '@/i18n'
import { randomId } from '@/kit/ids'
import { anyUnsaved } from '@/kit/unsaved'
import { onCardOpen, useLive, type CardOpen } from '@/live'
import { toast } from '@/ui'
import { router } from './router'

const FOCUSED = 'svyaz.workspace.focused'
const LOCK = 'svyaz.workspace.window.'
const me = randomId()

/** The page of a card, or of the form for somebody new with the number filled in. */
export function cardAddress(card: CardOpen): string {
  if (card.kind === 'client' && card.id) return `/clients/${card.id}?tab=feed`
  if (card.kind === 'lead' && card.id) return `/leads/${card.id}`
  const query = new URLSearchParams({ number: card.number || card.shown, call: card.call_id })
  return `/${card.kind === 'new_lead' ? 'leads' : 'clients'}/new?${query}`
}

/** True in exactly one of the open workspace windows: the one last in focus, or when it is gone, the first by id. */
async function isMine(): Promise<boolean> {
  const focused = localStorage.getItem(FOCUSED)
  if (focused === me || !('locks' in navigator)) return true
  const { held } = await navigator.locks.query()
  const open = (held ?? [])
    .map((lock) => lock.name ?? '')
    .filter((name) => name.startsWith(LOCK))
    .map((name) => name.slice(LOCK.length))
  if (focused && open.includes(focused)) return false
  return open.sort()[0] === me
}

function nameOf(card: CardOpen): string {
  const call = useLive().calls.find(({ id }) => id === card.call_id)
  return (
    call?.who?.client?.name ??
    call?.who?.lead?.name ??
    i18n.global.t('shell.new_number', { number: card.shown })
  )
}

/** Goes to a page of the workspace, unless something typed would be lost by it: then it offers to. */
export function showAddress(address: string, name = ''): void {
  const [path] = address.split('?')
  if (!anyUnsaved.value || router.currentRoute.value.path === path) {
    void router.push(address)
    return
  }
  const { t } = i18n.global
  toast(name ? t('shell.card_waiting', { name }) : t('shell.card_asked'), {
    stays: 60_000,
    action: { label: t('shell.open_card'), run: () => void router.push(address) },
  })
}

async function open(card: CardOpen): Promise<void> {
  if (await isMine()) showAddress(cardAddress(card), nameOf(card))
}

/** Begins to listen; returns the function that stops it. */
export function openCardsHere(): () => void {
  const claim = () => localStorage.setItem(FOCUSED, me)
  if (document.hasFocus() || !localStorage.getItem(FOCUSED)) claim()
  window.addEventListener('focus', claim)

  let release: () => void = () => undefined
  if ('locks' in navigator) {
    void navigator.locks.request(LOCK + me, () => new Promise<void>((resolve) => (release = resolve)))
  }
  const stop = onCardOpen((card) => void open(card))
  return () => {
    stop()
    release()
    window.removeEventListener('focus', claim)
  }
}
