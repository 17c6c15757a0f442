import type { PhoneOut } from '@/api'

export interface Piece {
  text: string
  hit: boolean
}

/**
 * Cuts a text at the words looked for. A query of digits is found in a number however it is spaced:
 * `marked('+7 495 123-45-67', '4951234')` marks `495 123-4`.
 */
export function marked(text: string, q: string): Piece[] {
  const escape = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const digits = q.replace(/\D/g, '')
  const isNumber = digits.length > 1 && /^[\d\s()+-]+$/.test(q)
  const words = isNumber
    ? [[...(digits.length >= 10 ? digits.slice(-10) : digits)].join('[\\s()-]*')]
    : q.split(/\s+/).filter(Boolean).map(escape)
  if (!words.length) return [{ text, hit: false }]
  const pattern = new RegExp(`(${words.join('|')})`, 'giu')
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, hit: index % 2 === 1 }))
    .filter((part) => part.text)
}

/** Of several numbers the one the query was found in, else the first. */
export function matchingPhone(phones: PhoneOut[], q: string): PhoneOut | undefined {
  const digits = q.replace(/\D/g, '').slice(-10)
  const found = digits.length > 1 ? phones.find((phone) => phone.e164?.includes(digits)) : undefined
  return found ?? phones[0]
}
