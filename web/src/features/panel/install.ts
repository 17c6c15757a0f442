/** The browser's offer to install the panel as a program of its own, kept until the person wants it. */
import { ref } from 'vue'

/** Chromium's event; not in the standard library of types. */
interface InstallPromptEvent extends Event {
  prompt(): Promise<unknown>
}

const canInstall = ref(false)
let offered: InstallPromptEvent | null = null

window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offered = event as InstallPromptEvent
  canInstall.value = true
})
window.addEventListener('appinstalled', () => (canInstall.value = false))

async function install(): Promise<void> {
  await offered?.prompt()
  offered = null
  canInstall.value = false
}

export function useInstall() {
  return { canInstall, install }
}
