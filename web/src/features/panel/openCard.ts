/** Cards open in the workspace; the panel opens one only at the person's wish. */
import type { CallCard, Match } from '@/api'
import type { CardOpen } from '@/live'
import { isWorkspaceOpen, showInWorkspace } from '@/phone'

/** One window for all cards, so that a day's calls do not leave fifty tabs. */
const WINDOW = 'svyaz-workspace'

export function cardAddress(card: CardOpen): string {
  const filled = new URLSearchParams({ call: card.call_id, number: card.number }).toString()
  switch (card.kind) {
    case 'client':
      return `/clients/${card.id}?tab=feed`
    case 'lead':
      return `/leads/${card.id}`
    case 'new_client':
      return `/clients/new?${filled}`
    case 'new_lead':
      return `/leads/new?${filled}`
  }
}

export function matchAddress(match: Match | null): string | null {
  if (match?.lead) return `/leads/${match.lead.id}`
  return match?.client ? `/clients/${match.client.id}` : null
}

export function callAddress(call: CallCard): string | null {
  return matchAddress(call.who)
}

/** In the open workspace, else in a window of its own. */
export async function openAddress(address: string): Promise<void> {
  if (await isWorkspaceOpen()) showInWorkspace(address)
  else window.open(address, WINDOW)?.focus()
}
