import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '@/api'

/** The card of a client, kept fresh by the stream. */
export function useClient(id: () => string) {
  return useQuery({ queryKey: computed(() => ['client', id()]), queryFn: () => api.clients.read(id()) })
}
