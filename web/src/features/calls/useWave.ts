/** A recording on the screen: its two sides as a waveform from the server's peaks, the sound fetched when played. */
import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import type WaveSurfer from 'wavesurfer.js'
import { api, type Recording } from '@/api'
import { theme } from '@/kit/theme'

export const SPEEDS = [1, 1.25, 1.5, 2, 0.75] as const

/** Only one recording sounds at a time. */
let sounding: HTMLAudioElement | null = null

function colours(element: HTMLElement): { left: [string, string]; right: [string, string] } {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const pair = (name: string): [string, string] => [`${colour(name)}5c`, colour(name)]
  return { left: pair('--accent'), right: pair('--ok') }
}

/** Peaks as the eye hears them: quiet speech must be seen beside loud, silence must stay flat. */
function visible(peaks: number[]): number[] {
  return peaks.length ? peaks.map((peak) => Math.sqrt(Math.min(1, Math.max(0, peak)))) : [0]
}

export interface Wave {
  state: Ref<'waiting' | 'loading' | 'ready' | 'failed'>
  playing: Ref<boolean>
  /** Milliseconds. */
  position: Ref<number>
  duration: Ref<number>
  speed: Ref<number>
  problem: Ref<unknown>
  /** Draws the waveform; called when the place comes into sight. */
  show: () => Promise<void>
  toggle: () => Promise<void>
  move: (ms: number) => void
  nextSpeed: () => void
}

export function useWave(recording: () => Recording, place: Ref<HTMLElement | null>, height: number): Wave {
  const state: Wave['state'] = ref('waiting')
  const playing = ref(false)
  const position = ref(0)
  const duration = ref(recording().duration_ms)
  const speed = ref(1)
  const problem = ref<unknown>(null)
  const surfer = shallowRef<WaveSurfer | null>(null)
  let audio: HTMLAudioElement | null = null
  let gone = false

  function forget() {
    if (sounding === audio) sounding = null
    surfer.value?.destroy()
    audio?.pause()
    audio?.removeAttribute('src')
    surfer.value = null
    audio = null
    playing.value = false
  }

  function sound(): HTMLAudioElement {
    const made = new Audio()
    made.preload = 'none'
    made.src = recording().url
    made.addEventListener('play', () => {
      if (sounding && sounding !== made) sounding.pause()
      sounding = made
      playing.value = true
    })
    made.addEventListener('pause', () => (playing.value = false))
    made.addEventListener('timeupdate', () => (position.value = made.currentTime * 1000))
    made.addEventListener('error', () => {
      if (!made.getAttribute('src')) return
      problem.value = made.error
      state.value = 'failed'
    })
    return made
  }

  async function show(): Promise<void> {
    if (!place.value || state.value === 'loading' || state.value === 'ready') return
    state.value = 'loading'
    try {
      const [{ default: Surfer }, peaks] = await Promise.all([
        import('wavesurfer.js'),
        api.peaks(recording().id),
      ])
      if (gone || !place.value) return
      duration.value = peaks.duration_ms || duration.value
      audio = sound()
      const { left, right } = colours(place.value)
      surfer.value = Surfer.create({
        container: place.value,
        media: audio,
        peaks: [visible(peaks.left), visible(peaks.right)],
        duration: duration.value / 1000,
        height: height / 2,
        barWidth: 3,
        barGap: 2,
        barRadius: 1,
        barMinHeight: 1,
        cursorWidth: 0,
        splitChannels: [
          { waveColor: left[0], progressColor: left[1], barAlign: 'bottom' },
          { waveColor: right[0], progressColor: right[1], barAlign: 'top' },
        ],
      })
      surfer.value.on('interaction', (seconds) => (position.value = seconds * 1000))
      state.value = 'ready'
    } catch (error) {
      problem.value = error
      state.value = 'failed'
    }
  }

  async function toggle(): Promise<void> {
    await show()
    if (!audio) return
    audio.playbackRate = speed.value
    if (audio.paused) await audio.play()
    else audio.pause()
  }

  function move(ms: number): void {
    if (!audio) return
    const seconds = Math.max(0, Math.min(duration.value, position.value + ms)) / 1000
    surfer.value?.setTime(seconds)
    position.value = seconds * 1000
  }

  function nextSpeed(): void {
    const at = SPEEDS.indexOf(speed.value as (typeof SPEEDS)[number])
    speed.value = SPEEDS[(at + 1) % SPEEDS.length] ?? 1
    if (audio) audio.playbackRate = speed.value
  }

  function again() {
    forget()
    state.value = 'waiting'
    position.value = 0
    duration.value = recording().duration_ms
    void show()
  }
  watch(() => recording().url, again)
  // The waveform is painted on a canvas, which does not follow the theme by itself.
  watch(theme, again, { flush: 'post' })
  onBeforeUnmount(() => {
    gone = true
    forget()
  })
  return { state, playing, position, duration, speed, problem, show, toggle, move, nextSpeed }
}
