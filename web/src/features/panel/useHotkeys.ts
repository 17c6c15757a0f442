/** Keys of the panel. They work wherever the focus is, but never take a key away from a field or an open menu. */
import { onMounted, onUnmounted } from 'vue'

export interface Hotkeys {
  search(): void
  mute(): void
  hold(): void
  hangUp(): void
  /** False: nothing rings, the key means what it always means. */
  accept(): boolean
  decline(): boolean
  tab(index: number): void
  help(): void
}

/** Whether the focus was last moved by Tab, and not by a click. */
let walkedByTab = false

export function useHotkeys(keys: Hotkeys): void {
  function press(event: KeyboardEvent): void {
    if (event.key === 'Tab') walkedByTab = true
    if (event.defaultPrevented || event.isComposing) return
    if (act(event)) event.preventDefault()
  }

  function act(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false
    if (event.altKey) {
      // By code: with Alt held, some layouts type another character.
      const digit = /^Digit([1-9])$/.exec(event.code)
      if (digit === null) return false
      keys.tab(Number(digit[1]) - 1)
      return true
    }
    switch (event.key) {
      case 'F2':
        keys.search()
        return true
      case 'F4':
        if (!event.repeat) keys.mute()
        return true
      case 'F6':
        if (!event.repeat) keys.hold()
        return true
      case 'F9':
        if (!event.repeat) keys.hangUp()
        return true
      case 'Enter':
        return !event.repeat && !popupOpen() && !meansSomethingElse(event.target) && keys.accept()
      case 'Escape':
        return !event.repeat && !popupOpen() && !hasText(event.target) && keys.decline()
      case '?':
        if (isField(event.target)) return false
        keys.help()
        return true
    }
    return false
  }

  const point = () => (walkedByTab = false)
  onMounted(() => {
    window.addEventListener('keydown', press)
    window.addEventListener('pointerdown', point)
  })
  onUnmounted(() => {
    window.removeEventListener('keydown', press)
    window.removeEventListener('pointerdown', point)
  })
}

function isField(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}

function hasText(target: EventTarget | null): boolean {
  return isField(target) && target.value !== ''
}

/** Enter in a field with text belongs to the field; on a button reached by Tab, to the button. */
function meansSomethingElse(target: EventTarget | null): boolean {
  if (hasText(target)) return true
  // A button that was clicked keeps the focus without anybody thinking of it.
  return walkedByTab && target instanceof HTMLElement && target.matches('button, a[href]')
}

function popupOpen(): boolean {
  return (
    document.querySelector(
      '[role="dialog"][data-state="open"], [role="menu"], [role="listbox"]:not([hidden])',
    ) !== null
  )
}
