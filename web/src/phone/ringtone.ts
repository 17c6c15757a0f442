/**
 * Everything the telephone plays itself: ringing, the knock of a second call, ring-back, busy and key tones. Made by
 * WebAudio, so there is no file to load at the moment it is needed.
 */

export type Melody = 'ring' | 'knock' | 'back' | 'busy'

interface Note {
  /** Seconds from the start of the cycle. */
  at: number
  lasts: number
  hertz: readonly number[]
}

interface Score {
  cycle: number
  /** Cycles to play; Infinity until stopped. */
  times: number
  volume: number
  notes: readonly Note[]
}

const SCORES: Record<Melody, Score> = {
  // Two soft rising figures and a rest: noticed across the room, bearable the fortieth time.
  ring: {
    cycle: 3,
    times: Infinity,
    volume: 1,
    notes: [0, 0.75].flatMap((start) => [
      { at: start, lasts: 0.16, hertz: [784, 1568] },
      { at: start + 0.17, lasts: 0.16, hertz: [988, 1976] },
      { at: start + 0.34, lasts: 0.3, hertz: [1175, 2350] },
    ]),
  },
  knock: {
    cycle: 4,
    times: Infinity,
    volume: 0.25,
    notes: [
      { at: 0, lasts: 0.09, hertz: [988] },
      { at: 0.14, lasts: 0.12, hertz: [1175] },
    ],
  },
  // The tones of the Russian network: ring-back 425 Hz one second in five, busy 0.35 s on and off.
  back: { cycle: 5, times: Infinity, volume: 0.18, notes: [{ at: 0, lasts: 1, hertz: [425] }] },
  busy: { cycle: 0.7, times: 3, volume: 0.18, notes: [{ at: 0, lasts: 0.35, hertz: [425] }] },
}

const KEYS = '123A456B789C*0#D'
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477, 1633]

/** Ramp of every note, seconds: without it each one begins and ends with a click. */
const RAMP = 0.012

type SinkContext = AudioContext & { setSinkId?: (device: string) => Promise<void> }

export class Sounds {
  private context: SinkContext | null = null
  private playing: Melody | null = null
  private next: ReturnType<typeof setTimeout> | undefined
  private master: GainNode | null = null

  /** Whether sound may be played; false until the person has clicked something in this window. */
  get ready(): boolean {
    return this.context?.state === 'running'
  }

  /** Wakes the sound up; works within a click or where the browser trusts the page already. */
  async unlock(): Promise<boolean> {
    if (this.ready) return true
    this.context ??= new AudioContext()
    // Outside a click, resume() stays pending for ever instead of failing.
    const patience = new Promise((resolve) => setTimeout(resolve, 300))
    await Promise.race([this.context.resume(), patience])
    return this.ready
  }

  async useDevice(device: string): Promise<void> {
    try {
      await this.context?.setSinkId?.(device)
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem
      await this.context?.setSinkId?.('')
    }
  }

  /** Plays `melody` until another one or null is asked for; asking for the one that plays changes nothing. */
  play(melody: Melody | null, volume = 1): void {
    if (melody === this.playing) return
    this.hush()
    this.playing = melody
    if (melody === null || this.context === null) return
    this.master = new GainNode(this.context, { gain: volume * SCORES[melody].volume })
    this.master.connect(this.context.destination)
    this.cycle(SCORES[melody], SCORES[melody].times)
  }

  /** Stops the melody that plays if it is one of these. */
  stop(...melodies: Melody[]): void {
    if (this.playing !== null && melodies.includes(this.playing)) this.play(null)
  }

  /** A key's tone in one's own ear; the other side gets it as an event of the telephone protocol. */
  key(key: string): void {
    const place = KEYS.indexOf(key)
    if (place < 0 || this.context === null) return
    const hertz = [ROWS[place >> 2] ?? 0, COLUMNS[place & 3] ?? 0]
    const gain = new GainNode(this.context, { gain: 0.12 })
    gain.connect(this.context.destination)
    this.note(gain, { at: 0, lasts: 0.12, hertz }, this.context.currentTime)
  }

  private cycle(score: Score, left: number): void {
    if (this.context === null || this.master === null || left <= 0) {
      this.playing = null
      return
    }
    const start = this.context.currentTime + 0.02
    for (const note of score.notes) this.note(this.master, note, start)
    this.next = setTimeout(() => this.cycle(score, left - 1), score.cycle * 1000)
  }

  private note(out: GainNode, { at, lasts, hertz }: Note, start: number): void {
    const context = out.context
    const [begin, end] = [start + at, start + at + lasts]
    hertz.forEach((frequency, overtone) => {
      const envelope = new GainNode(context, { gain: 0 })
      envelope.gain.setValueAtTime(0, begin)
      envelope.gain.linearRampToValueAtTime(overtone === 0 ? 0.5 : 0.2, begin + RAMP)
      envelope.gain.setValueAtTime(overtone === 0 ? 0.5 : 0.2, end - RAMP)
      envelope.gain.linearRampToValueAtTime(0, end)
      const tone = new OscillatorNode(context, { frequency })
      tone.connect(envelope).connect(out)
      tone.start(begin)
      tone.stop(end)
    })
  }

  private hush(): void {
    clearTimeout(this.next)
    this.master?.disconnect()
    this.master = null
    this.playing = null
  }
}
