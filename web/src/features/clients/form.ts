/** What is typed of a client: the fields of the form, their comparison, and the meeting with a newer card. */
import type { ClientCard, ClientIn, ClientKind } from '@/api'

export interface ClientFields {
  name: string
  full_name: string
  kind: ClientKind
  inn: string
  kpp: string
  email: string
  address: string
  comment: string
  responsible_id: string | null
}

export const FIELD_NAMES = [
  'name',
  'full_name',
  'kind',
  'inn',
  'kpp',
  'email',
  'address',
  'comment',
  'responsible_id',
] as const satisfies readonly (keyof ClientFields)[]

export function fieldsOf(client: ClientCard | null, responsible: string | null = null): ClientFields {
  return {
    name: client?.name ?? '',
    full_name: client?.full_name ?? '',
    kind: client?.kind ?? 'company',
    inn: client?.inn ?? '',
    kpp: client?.kpp ?? '',
    email: client?.email ?? '',
    address: client?.address ?? '',
    comment: client?.comment ?? '',
    responsible_id: client ? (client.responsible?.id ?? null) : responsible,
  }
}

/** Only what differs: what is not sent is not overwritten. */
export function changes(typed: ClientFields, base: ClientFields): Partial<ClientIn> {
  return Object.fromEntries(
    FIELD_NAMES.filter((name) => typed[name] !== base[name]).map((name) => [name, typed[name]]),
  )
}

/** True for a number of the Russian tax service with right check digits; an empty one is fine. */
export function isInn(text: string): boolean {
  if (!text) return true
  if (!/^(\d{10}|\d{12})$/.test(text)) return false
  const digits = [...text].map(Number)
  const check = (weights: number[]) =>
    (weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0) % 11) % 10
  const ten = [2, 4, 10, 3, 5, 9, 4, 6, 8]
  if (text.length === 10) return check(ten) === digits[9]
  return check([7, ...ten, 0]) === digits[10] && check([3, 7, ...ten]) === digits[11]
}
