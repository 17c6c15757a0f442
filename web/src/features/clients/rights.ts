import { useLive } from '@/live'

/** Whether the person may change clients and leads; the server has the last word. */
export function mayEdit(): boolean {
  const { me } = useLive()
  return me !== null && (me.role === 'administrator' || ![undefined, 'none'].includes(me.rights['edit_crm']))
}
