/** Every call of the server's API, by noun. Screens use this and never an address. */
import { answer, client } from './client'
import type { paths } from './schema'
import type * as t from './types'

export { ApiError, handleUnauthorized, setOfflineText } from './client'
export type * from './types'

type Signal = AbortSignal | undefined
type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never
type Cursor = 'cursor' | 'limit'

/** `status`: one, or any of several. */
export type CallFilter = Omit<QueryOf<'/api/calls'>, Cursor | 'status'> & {
  status?: t.CallStatus | t.CallStatus[]
}
export type ClientFilter = Omit<QueryOf<'/api/clients'>, Cursor>
export type LeadFilter = Omit<QueryOf<'/api/leads'>, Cursor>

const ofClient = (client_id: string) => ({ params: { path: { client_id } } })
const ofLead = (lead_id: string) => ({ params: { path: { lead_id } } })
const ofPerson = (person_id: string) => ({ params: { path: { person_id } } })
const ofPhone = (phone_id: string) => ({ params: { path: { phone_id } } })
const ofCall = (call_id: string) => ({ params: { path: { call_id } } })

/** The description leaves some words of these answers as bare text; `types.ts` says which ones there are. */
const narrowed = <Answer>(sent: Promise<{ data?: unknown }>) => answer(sent) as Promise<Answer>

export const api = {
  session: {
    open: (login: string, password: string) =>
      narrowed<t.Me>(client.POST('/api/session', { body: { login, password } })),
    read: () => narrowed<t.Me>(client.GET('/api/session')),
    close: () => answer(client.DELETE('/api/session')),
    changeMe: (changes: { language?: t.Language; theme?: t.Theme }) =>
      narrowed<t.Me>(client.PATCH('/api/me', { body: changes })),
  },
  start: () => narrowed<t.Start>(client.GET('/api/start')),
  phone: () => narrowed<t.PhoneAccount>(client.GET('/api/phone')),
  /** This window goes on line: one of the same employee on another device leaves the line. */
  takePhone: (window: string) => answer(client.POST('/api/phone/taken', { body: { window } })),
  presence: (state: 'online' | 'away', text = '') =>
    answer(client.PUT('/api/presence', { body: { state, text } })),
  search: (q: string, limit = 12, signal?: Signal) =>
    answer(client.GET('/api/search', { params: { query: { q, limit } }, signal })),
  who: (number: string) => narrowed<t.WhoOut>(client.GET('/api/who', { params: { query: { number } } })),

  clients: {
    list: (query: QueryOf<'/api/clients'>, signal?: Signal) =>
      answer(client.GET('/api/clients', { params: { query }, signal })),
    read: (id: string) => answer(client.GET('/api/clients/{client_id}', ofClient(id))),
    create: (body: t.ClientIn) => answer(client.POST('/api/clients', { body })),
    change: (id: string, version: number, changes: t.ClientChange) =>
      answer(client.PATCH('/api/clients/{client_id}', { ...ofClient(id), body: { ...changes, version } })),
    remove: (id: string) => answer(client.DELETE('/api/clients/{client_id}', ofClient(id))),
    restore: (id: string) => answer(client.POST('/api/clients/{client_id}/restore', ofClient(id))),
    orders: (id: string) => answer(client.GET('/api/clients/{client_id}/orders', ofClient(id))),
    feed: (client_id: string, query: { kinds?: string; cursor?: string | null }) =>
      narrowed<t.Page<t.FeedItem>>(
        client.GET('/api/clients/{client_id}/feed', { params: { path: { client_id }, query } }),
      ),
    addPerson: (id: string, body: t.PersonIn) =>
      answer(client.POST('/api/clients/{client_id}/persons', { ...ofClient(id), body })),
    addPhone: (id: string, body: t.PhoneIn) =>
      answer(client.POST('/api/clients/{client_id}/phones', { ...ofClient(id), body })),
  },
  persons: {
    change: (id: string, version: number, changes: Partial<t.PersonIn>) =>
      answer(client.PATCH('/api/persons/{person_id}', { ...ofPerson(id), body: { ...changes, version } })),
    remove: (id: string) => answer(client.DELETE('/api/persons/{person_id}', ofPerson(id))),
    restore: (id: string) => answer(client.POST('/api/persons/{person_id}/restore', ofPerson(id))),
    addPhone: (id: string, body: t.PhoneIn) =>
      answer(client.POST('/api/persons/{person_id}/phones', { ...ofPerson(id), body })),
  },
  phones: {
    change: (id: string, changes: Partial<t.PhoneIn>) =>
      answer(client.PATCH('/api/phones/{phone_id}', { ...ofPhone(id), body: changes })),
    remove: (id: string) => answer(client.DELETE('/api/phones/{phone_id}', ofPhone(id))),
  },
  leads: {
    list: (query: QueryOf<'/api/leads'>, signal?: Signal) =>
      answer(client.GET('/api/leads', { params: { query }, signal })),
    read: (id: string) => answer(client.GET('/api/leads/{lead_id}', ofLead(id))),
    create: (body: t.LeadIn) => answer(client.POST('/api/leads', { body })),
    change: (id: string, version: number, changes: t.LeadChange) =>
      answer(client.PATCH('/api/leads/{lead_id}', { ...ofLead(id), body: { ...changes, version } })),
    remove: (id: string) => answer(client.DELETE('/api/leads/{lead_id}', ofLead(id))),
    restore: (id: string) => answer(client.POST('/api/leads/{lead_id}/restore', ofLead(id))),
    addPhone: (id: string, body: t.PhoneIn) =>
      answer(client.POST('/api/leads/{lead_id}/phones', { ...ofLead(id), body })),
    feed: (lead_id: string, query: { kinds?: string; cursor?: string | null }) =>
      narrowed<t.Page<t.FeedItem>>(
        client.GET('/api/leads/{lead_id}/feed', { params: { path: { lead_id }, query } }),
      ),
  },
  calls: {
    list: ({ status, ...rest }: CallFilter & Pick<QueryOf<'/api/calls'>, Cursor>, signal?: Signal) => {
      const query = { ...rest, status: status ? [status].flat() : [] }
      return narrowed<t.Page<t.CallCard>>(client.GET('/api/calls', { params: { query }, signal }))
    },
    read: (id: string) => narrowed<t.CallDetails>(client.GET('/api/calls/{call_id}', ofCall(id))),
    /** `from_panel`: this page holds the telephone and will dial by itself. */
    dial: (body: { number?: string; phone_id?: string; from_panel?: boolean }) =>
      answer(client.POST('/api/calls', { body })),
    hangUp: (id: string) => answer(client.POST('/api/calls/{call_id}/hangup', ofCall(id))),
    choose: (id: string, body: { client_id?: string; person_id?: string; lead_id?: string }) =>
      narrowed<t.CallCard>(client.PUT('/api/calls/{call_id}/who', { ...ofCall(id), body })),
    comment: (id: string, comment: string) =>
      narrowed<t.CallCard>(client.PUT('/api/calls/{call_id}/comment', { ...ofCall(id), body: { comment } })),
    seen: (id: string) => answer(client.POST('/api/calls/{call_id}/seen', ofCall(id))),
    allSeen: () => answer(client.POST('/api/calls/seen')),
  },
  peaks: (recording_id: string) =>
    answer(client.GET('/api/recordings/{recording_id}/peaks', { params: { path: { recording_id } } })),
  simulator: {
    read: () => answer(client.GET('/api/simulator')),
    call: (body: { from: string; line: string; voice?: string; gives_up_after?: number }) =>
      answer(client.POST('/api/simulator/calls', { body })),
    hangUp: (call_id: string) =>
      answer(client.POST('/api/simulator/calls/{call_id}/hangup', { params: { path: { call_id } } })),
    behave: (number: string, behaviour: t.Behaviour) =>
      answer(
        client.PUT('/api/simulator/numbers/{number}', { params: { path: { number } }, body: { behaviour } }),
      ),
  },
}
