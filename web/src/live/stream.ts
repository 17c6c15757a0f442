/**
 * The stream from the server, kept alive through everything a day in an office does to it: sleep, a lost network, a
 * restarted server. It numbers what it has seen and asks for the rest; what to do when the server no longer has the
 * rest (`hello` with `resumed: false`) is the store's business.
 */
import { parseFrame, type StreamEvent } from './messages'

export type Link = 'connecting' | 'open' | 'lost' | 'signed_out'

/** The server beats every 15 s. */
const SILENCE_MS = 40_000
const CONNECT_MS = 10_000
const BACKOFF_MS = { first: 500, longest: 15_000 }
/** A command that is older than this when it comes out of the replay is no longer what the person wants. */
const STALE_MS = 15_000
const NOT_SIGNED_IN = 4401

export interface StreamHandlers {
  link(link: Link): void
  /** The server could not replay what was missed: read the snapshot anew. */
  missed(): void
  /** `stale`: replayed after a longer break; state in it counts, wishes in it (open, dial) do not. */
  event(event: StreamEvent, stale: boolean): void
}

export class Stream {
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private attempts = 0
  private lastHeard = 0
  private brokenAt: number | null = null
  /** Events up to this number are a replay. */
  private replayUntil = 0
  private stale = false
  private closed = false

  constructor(
    private readonly url: string,
    /** Number of the last event seen; the snapshot sets it too. */
    public after: number,
    private readonly handlers: StreamHandlers,
  ) {
    document.addEventListener('visibilitychange', this.wake)
    window.addEventListener('online', this.wake)
    window.addEventListener('pageshow', this.wake)
  }

  open(): void {
    if (this.closed) return
    this.drop()
    const socket = new WebSocket(`${this.url}?after=${this.after}`)
    this.socket = socket
    this.expect(CONNECT_MS)
    socket.onmessage = ({ data }: MessageEvent<string>) => this.take(data)
    socket.onclose = ({ code }) => {
      if (code === NOT_SIGNED_IN) this.signedOut()
      else this.lost()
    }
  }

  close(): void {
    this.closed = true
    this.drop()
    document.removeEventListener('visibilitychange', this.wake)
    window.removeEventListener('online', this.wake)
    window.removeEventListener('pageshow', this.wake)
  }

  private take(text: string): void {
    this.lastHeard = Date.now()
    this.expect(SILENCE_MS)
    const frame = parseFrame(text)
    if (frame === null || frame.kind === 'beat') return
    if (frame.kind === 'hello') {
      this.hello(frame.event, frame.resumed)
      return
    }
    const stale = this.stale && frame.event <= this.replayUntil
    if (frame.event > this.after) this.after = frame.event
    if (frame.kind === 'signed_out') this.signedOut()
    else this.handlers.event(frame, stale)
  }

  private hello(event: number, resumed: boolean): void {
    this.attempts = 0
    this.replayUntil = event
    this.stale = this.brokenAt !== null && Date.now() - this.brokenAt > STALE_MS
    this.brokenAt = null
    this.handlers.link('open')
    if (!resumed) this.handlers.missed()
  }

  private lost(): void {
    this.drop()
    this.brokenAt ??= this.lastHeard || Date.now()
    this.handlers.link('lost')
    const longest = Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** this.attempts)
    this.attempts += 1
    // Anywhere in the upper half: a restarted server is not met by all windows at one moment.
    this.timer = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2))
  }

  private signedOut(): void {
    this.close()
    this.handlers.link('signed_out')
  }

  /** The page is looked at again, or the network is back: do not wait for the timer, which slept as well. */
  private readonly wake = (): void => {
    if (document.visibilityState === 'hidden') return
    const silent = Date.now() - this.lastHeard > SILENCE_MS
    const connecting = this.socket?.readyState === WebSocket.CONNECTING
    if (!connecting && (this.socket === null || silent)) this.open()
  }

  private expect(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.lost(), ms)
  }

  private drop(): void {
    clearTimeout(this.timer)
    const socket = this.socket
    this.socket = null
    if (socket === null) return
    socket.onmessage = socket.onclose = null
    socket.close()
  }
}
