/** What both pages do before they show anything: font, theme, language, stores, server data. */
import '@fontsource-variable/inter'
import '@/ui/tokens.css'
import '@/ui/base.css'
import '@/ui/popups.css'
import '@/kit/theme'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { type App, type Component, createApp } from 'vue'
import { ApiError } from '@/api'
import { i18n } from '@/i18n'

const AGAIN_MS = 5000
/** Nobody answered, or the one who did cannot do without something that is away. */
const isAway = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 0 || error.status >= 502)

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The stream says when something changed, so nothing is asked for again without a reason.
      // Without a network the reason is said at once instead of waiting for one.
      networkMode: 'always',
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A database that is away the server has waited for itself: that is said at once.
      retry: (failures, error) => failures < 2 && isAway(error) && error.code !== 'database_away',
      // And asked for again until it is back, without anybody having to.
      refetchInterval: ({ state }) => (isAway(state.error) ? AGAIN_MS : false),
    },
  },
})

// The server was updated under an open page: the parts the page has yet to load have other names now. When it cannot be
// reached at all the page stays: a reload would leave nothing.
window.addEventListener('vite:preloadError', () => {
  const KEY = 'svyaz.reloaded'
  if (Date.now() - Number(sessionStorage.getItem(KEY)) < 10_000) return
  void fetch(location.href, { method: 'HEAD' }).then(
    ({ ok }) => {
      if (!ok) return
      sessionStorage.setItem(KEY, String(Date.now()))
      location.reload()
    },
    () => undefined,
  )
})

export function createPage(root: Component): App {
  return createApp(root).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient: queries })
}
