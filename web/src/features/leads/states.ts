import type { LeadState } from '@/api'
import type { Tone } from '@/ui'

export const LEAD_STATES: readonly LeadState[] = ['new', 'in_work', 'quality', 'converted', 'lost']

export function leadTone(state: LeadState): Tone {
  const tones: Record<LeadState, Tone> = {
    new: 'ring',
    in_work: 'on',
    quality: 'wait',
    converted: 'ok',
    lost: 'plain',
  }
  return tones[state]
}
