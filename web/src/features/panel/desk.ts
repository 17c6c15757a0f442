/** This window's telephone desk; the panel is the only page that has one. */
import { i18n } from '@/i18n'
import { usePhoneBridge } from '@/phone'
import { PhoneDesk } from '@/phone/desk'
import { toast } from '@/ui'
import { offerLine } from './dialling'

let desk: PhoneDesk | null = null

export function useDesk(): PhoneDesk {
  desk ??= new PhoneDesk(({ shown }) => {
    toast(i18n.global.t('common.calling', { number: shown }))
    offerLine(usePhoneBridge())
  })
  return desk
}
