import { createI18n } from 'vue-i18n'
import type { Language } from '@/api'
import { setOfflineText } from '@/api'
import { setFormatLanguage } from '@/kit/format'
import en from './en'
import ru from './ru'

export type Messages = typeof ru

const KEY = 'svyaz.language'

/** 0: 1, 21 звонок · 1: 2–4, 22 звонка · 2: 0, 5–20 звонков. */
function russianPlural(count: number, choices: number): number {
  const whole = Math.abs(count)
  if (choices < 3) return whole === 1 ? 0 : 1
  const tail = whole % 100
  if (tail > 10 && tail < 20) return 2
  if (whole % 10 === 1) return 0
  return whole % 10 >= 2 && whole % 10 <= 4 ? 1 : 2
}

function remembered(): Language {
  const kept = localStorage.getItem(KEY)
  return kept === 'en' || kept === 'ru' ? kept : 'ru'
}

export const i18n = createI18n({
  legacy: false,
  locale: remembered(),
  fallbackLocale: 'ru',
  messages: { ru, en: en satisfies Messages },
  pluralRules: { ru: russianPlural },
})

/** Switches the language of this page and remembers it on this machine. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language
  setFormatLanguage(language)
  setOfflineText(i18n.global.t('common.offline_error'))
}

setLanguage(remembered())
