/** Numbers as people type and paste them. The server has the last word; this is for the field while they type. */

/** «доб. 12» and the like behind a number: the number is what is dialled, its extension is told to whoever answers. */
const EXTENSION =
  /[\s,;(.-]*(?:доб(?:авочный)?|доп(?:олнительный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|;ext=|x|,+)[\s.:№=]*(\d{1,11})[\s).]*$/iu

/** What can be dialled of a text: digits, `*`, `#` and a leading `+`, without an extension behind them. */
export function dialable(text: string): string {
  const whole = text.replace(/^\s*(tel:|sip:)/i, '')
  const number = whole.replace(EXTENSION, '')
  // «вн. 101» alone is a colleague's number.
  const kept = (/\d/.test(number) ? number : whole).replace(/[^\d+*#]/g, '')
  return kept.slice(0, 1) + kept.slice(1).replace(/\+/g, '')
}

/** The extension written behind a number, or nothing. */
export function extensionIn(text: string): string {
  return EXTENSION.exec(text)?.[1] ?? ''
}

/** True for a text that is a number in whatever spelling, and not a word with a digit in it. */
export function looksLikeNumber(text: string): boolean {
  const bare = text.trim().replace(/^(tel:|sip:)/i, '')
  // Letters other than those of «доб.», «ext.» and the like are those of a name.
  const rest = bare.replace(EXTENSION, '').replace(/тел\.?/giu, '')
  return /\d{2,}/.test(dialable(bare)) && !/\p{L}/u.test(rest)
}

/** `+7 495 123-45-67` of a Russian number in any spelling; others as they are. */
export function shownNumber(text: string): string {
  const digits = dialable(text)
  const russian = /^(?:\+?7|8)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(digits) ?? tenDigits(digits)
  if (russian === null) return digits
  const [, code, first, second, third] = russian
  return `+7 ${code} ${first}-${second}-${third}`
}

/** Ten digits that begin like a Russian area or mobile code, written without the 8. */
function tenDigits(digits: string): RegExpExecArray | null {
  return /^([3489]\d{2})(\d{3})(\d{2})(\d{2})$/.exec(digits)
}
