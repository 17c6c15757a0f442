/** One way to call from the panel, whatever was clicked. */
import { api, ApiError } from '@/api'
import { i18n } from '@/i18n'
import { useLive } from '@/live'
import { PhoneError, usePhoneBridge, type PhoneBridge } from '@/phone'
import { toast, toastError, type DialTarget } from '@/ui'

const t = i18n.global.t

type Target = DialTarget & { name?: string }
let underway: Promise<boolean> | null = null

/** Whether the call went out. A second click while the first is on its way is the same call. */
export function callOut(target: Target): Promise<boolean> {
  underway ??= dial(target).finally(() => (underway = null))
  return underway
}

/** Sent to `POST /api/calls` first: rights and number are checked there, and its spelling is what is dialled. */
async function dial(target: Target): Promise<boolean> {
  const phone = usePhoneBridge()
  try {
    if (phone.state.line !== 'on' && !deskPhoneOnLine()) {
      offerLine(phone)
      return false
    }
    const fromPanel = phone.state.line === 'on'
    const { number, shown } = await api.calls.dial({
      number: target.number,
      phone_id: target.phone_id,
      from_panel: fromPanel,
    })
    if (fromPanel) await phone.dial(number, target.name)
    else toast(t('common.calling', { number: shown }))
    return true
  } catch (problem) {
    showProblem(problem)
    return false
  }
}

/** Runs a command of the telephone and says what went wrong, if anything did. */
export async function command(action: Promise<void>): Promise<boolean> {
  try {
    await action
    return true
  } catch (problem) {
    showProblem(problem)
    return false
  }
}

function showProblem(problem: unknown): void {
  if (problem instanceof ApiError) toastError(problem)
  // A trouble that lasts stands in the notices already.
  else if (problem instanceof PhoneError && problem.code === usePhoneBridge().state.trouble) return
  else if (problem instanceof PhoneError) toast(t(`panel.problem.${problem.code}`), { tone: 'bad' })
  else throw problem
}

export function offerLine(phone: PhoneBridge): void {
  const action = { label: t('panel.go_online'), run: () => void command(phone.goOnline()) }
  toast(t('panel.problem.not_on_line'), phone.state.holder === 'nobody' ? {} : { action })
}

/** My extension is on line although this panel is not: the desk phone is. */
function deskPhoneOnLine(): boolean {
  const live = useLive()
  const mine = live.employees.find(({ id }) => id === live.me?.id)
  return mine !== undefined && mine.state !== 'offline'
}
