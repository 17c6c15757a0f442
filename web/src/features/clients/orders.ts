import type { Tone } from '@/ui'

/** The colour of an order's state. */
export function orderTone(state: string): Tone {
  const tones: Record<string, Tone> = { new: 'ring', in_work: 'on', done: 'ok' }
  return tones[state] ?? 'plain'
}
