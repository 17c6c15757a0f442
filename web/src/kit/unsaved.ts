/** Forms with something typed and not saved yet: nothing may carry the person away from them unasked. */
import { computed, onBeforeUnmount, reactive, ref, watch, type Ref } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'

const dirtyForms = reactive(new Set<symbol>())
export const anyUnsaved = computed(() => dirtyForms.size > 0)

/** The question whether to leave, while it stands open. */
export const leaving = ref<{ answer: (leave: boolean) => void } | null>(null)

function ask(): Promise<boolean> {
  return new Promise((resolve) => {
    leaving.value = {
      answer: (leave) => {
        leaving.value = null
        resolve(leave)
      },
    }
  })
}

window.addEventListener('beforeunload', (event) => {
  if (anyUnsaved.value) event.preventDefault()
})

/** Guards the page it is used in while `dirty` is true. */
export function guardUnsaved(dirty: Ref<boolean>): void {
  const form = Symbol('form')
  watch(dirty, (is) => (is ? dirtyForms.add(form) : dirtyForms.delete(form)), {
    immediate: true,
    flush: 'sync',
  })
  onBeforeUnmount(() => dirtyForms.delete(form))
  onBeforeRouteLeave(() => !dirty.value || ask())
  // Another tab of the card takes the form off the page as well.
  onBeforeRouteUpdate(
    (to, from) => (to.path === from.path && to.query['tab'] === from.query['tab']) || !dirty.value || ask(),
  )
}
