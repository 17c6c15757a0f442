/** The panel in a window of its own, as narrow as a telephone; one that is open already comes to the front. */
export function openPanel(): void {
  const left = Math.max(0, window.screenX + window.outerWidth - 380)
  window
    .open('/panel', 'svyaz-panel', `popup,width=380,height=720,left=${left},top=${window.screenY}`)
    ?.focus()
}
