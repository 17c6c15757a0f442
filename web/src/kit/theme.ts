/** Light or dark: the person's choice, or the system's while they have not chosen. */
import { ref } from 'vue'
import type { Theme } from '@/api'

const KEY = 'svyaz.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')

function remembered(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export const theme = ref<Theme>(remembered())

function show(): void {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && dark.matches)
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen
  localStorage.setItem(KEY, chosen)
  show()
}

dark.addEventListener('change', show)
// Another window of ours changed it.
window.addEventListener('storage', (event) => {
  if (event.key !== KEY) return
  theme.value = remembered()
  show()
})
show()
