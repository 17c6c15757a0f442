/** How dates, durations and numbers are written. Dates come as ISO-8601 in UTC and are shown in the firm's zone. */

let zone = 'Europe/Moscow'
let language = 'ru'
let cache = new Map<string, Intl.DateTimeFormat>()

export function setZone(name: string): void {
  zone = name
  cache = new Map()
}

export function setFormatLanguage(name: string): void {
  language = name
  cache = new Map()
}

function formatter(key: string, options: Intl.DateTimeFormatOptions, place: string = zone) {
  const known = cache.get(key + place)
  if (known) return known
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB'
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: place })
  cache.set(key + place, made)
  return made
}

/** `14:07`. */
export function clock(iso: string): string {
  return formatter('clock', { hour: '2-digit', minute: '2-digit' }).format(new Date(iso))
}

/** `14:07:03`. */
export function clockWithSeconds(iso: string): string {
  return formatter('seconds', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(iso))
}

/** `2026-11-24` in the firm's zone: the key days are grouped by. */
export function dayKey(iso: string | Date): string {
  const parts = formatter('key', { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(
    new Date(iso),
  )
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** `24.11 14:07`, with the year when it is not this one. */
export function dayAndClock(iso: string): string {
  const sameYear = dayKey(iso).slice(0, 4) === dayKey(new Date()).slice(0, 4)
  const day = formatter(sameYear ? 'day' : 'dayYear', {
    day: '2-digit',
    month: '2-digit',
    ...(sameYear ? {} : { year: '2-digit' }),
  }).format(new Date(iso))
  return `${day} ${clock(iso)}`
}

/** `24.11.2026`. */
export function date(iso: string): string {
  return formatter('date', { day: '2-digit', month: '2-digit', year: 'numeric' }).format(new Date(iso))
}

/** `24 ноября`, with the year when it is not this one. */
export function dayInWords(iso: string): string {
  const sameYear = dayKey(iso).slice(0, 4) === dayKey(new Date()).slice(0, 4)
  return formatter(sameYear ? 'words' : 'wordsYear', {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(new Date(iso))
}

/** 0 today, 1 yesterday, …, in the firm's zone. */
export function daysAgo(iso: string): number {
  const midnight = (key: string) => Date.parse(`${key}T00:00:00Z`)
  return Math.round((midnight(dayKey(new Date())) - midnight(dayKey(iso))) / 86_400_000)
}

/** The instant a day of the firm's zone begins; `day` is `YYYY-MM-DD`. */
export function dayStart(day: string): Date {
  const guess = new Date(`${day}T00:00:00Z`)
  const parts = formatter('offset', { timeZoneName: 'longOffset' }).formatToParts(guess)
  const offset = parts.find((one) => one.type === 'timeZoneName')?.value ?? 'GMT'
  const found = /GMT([+-])(\d{2}):(\d{2})/.exec(offset)
  if (!found) return guess
  const minutes = Number(found[2]) * 60 + Number(found[3])
  return new Date(guess.getTime() - (found[1] === '-' ? -1 : 1) * minutes * 60_000)
}

/** `YYYY-MM-DD` moved by days. */
export function shiftDay(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** `4:12`, `1:04:12` from milliseconds; a dash for nothing. */
export function span(ms: number | null | undefined): string {
  if (ms == null) return '—'
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = String(seconds % 60).padStart(2, '0')
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/** `04:12`, for a running timer whose width must not jump. */
export function timer(ms: number): string {
  const text = span(ms)
  return text.length < 5 ? `0${text}` : text
}

/** `4 мин 12 с` from milliseconds. */
export function spanInWords(ms: number): string {
  const [hour, minute, second] = language === 'ru' ? ['ч', 'мин', 'с'] : ['h', 'min', 's']
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [
    [Math.floor(seconds / 3600), hour],
    [Math.floor((seconds % 3600) / 60), minute],
    [seconds % 60, second],
  ].filter(([count]) => count)
  return parts.length ? parts.map(([count, unit]) => `${count} ${unit}`).join(' ') : `0 ${second}`
}

/** `840 000 ₽`. */
export function money(amount: string | number, currency = 'RUB'): string {
  return new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    style: 'currency',
    currency,
    minimumFractionDigits: Number(amount) % 1 ? 2 : 0,
    maximumFractionDigits: 2,
  }).format(Number(amount))
}

/** `12 345`. */
export function count(amount: number): string {
  return new Intl.NumberFormat(language === 'ru' ? 'ru-RU' : 'en-GB').format(amount)
}

/** Initials of a name: `Анна Смирнова` → `АС`; a company's quotes and form do not count. */
export function initials(name: string): string {
  const words = name
    .replace(/[«»"']/g, ' ')
    .split(/\s+/)
    .filter((word) => word && !/^(ООО|АО|ПАО|ИП|ЗАО|НАО|Лид:)$/u.test(word))
  return words
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
}
