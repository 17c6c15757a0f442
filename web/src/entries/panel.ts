import PanelApp from '@/features/panel/PanelApp.vue'
import '@/features/panel/install'
import { usePhoneBridge } from '@/phone'
import { createPage } from './page'

createPage(PanelApp).mount('#app')

// Only for call notifications. Nothing is cached: a telephone without its server is of no use, an old one of harm.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register(`${import.meta.env.BASE_URL}panel-sw.js`)
}

// For whoever looks into a running panel: the telephone's state as plain data, to be read and not to be driven.
Object.defineProperty(window, 'svyazPhone', {
  get: () => JSON.parse(JSON.stringify(usePhoneBridge().state)) as unknown,
})
