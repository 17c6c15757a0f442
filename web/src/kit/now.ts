/** The present moment, ticking once a second for timers on the screen. */
import { readonly, ref } from 'vue'

const moment = ref(Date.now())
setInterval(() => (moment.value = Date.now()), 1000)

export const now = readonly(moment)
