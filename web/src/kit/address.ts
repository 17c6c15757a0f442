/** Filters of a screen kept in the address, so that a link to the same view can be sent. */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export interface AddressFilter<Names extends string> {
  values: WritableComputedRef<Record<Names, string>>
  set: (changes: Partial<Record<Names, string>>) => void
  clear: () => void
  /** True when anything is chosen. */
  any: () => boolean
}

/** `names` are the query parameters; an empty string is "not chosen". */
export function useAddressFilter<Names extends string>(names: readonly Names[]): AddressFilter<Names> {
  const route = useRoute()
  const router = useRouter()

  const read = () =>
    Object.fromEntries(
      names.map((name) => {
        const value = route.query[name]
        return [name, typeof value === 'string' ? value : '']
      }),
    ) as Record<Names, string>

  function set(changes: Partial<Record<Names, string>>): void {
    const query = { ...route.query }
    for (const [name, value] of Object.entries(changes) as [Names, string | undefined][]) {
      if (value) query[name] = value
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a parameter not chosen is not in the address
      else delete query[name]
    }
    void router.replace({ query })
  }

  const values = computed({ get: read, set: (all) => set(all) })
  return {
    values,
    set,
    clear: () => set(Object.fromEntries(names.map((name) => [name, ''])) as Record<Names, string>),
    any: () => Object.values(read()).some(Boolean),
  }
}

/** Calls `run` with the last value once it has stood still for `ms`. */
export function debounced<Value>(run: (value: Value) => void, ms = 250): (value: Value) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => run(value), ms)
  }
}
