/**
 * The WebSocket under JsSIP. Neither JsSIP nor the browser notices a link that died without a word (a laptop that
 * slept, a router that forgot), so silence is the sign: the exchange asks OPTIONS every 15 s, and 40 s without any
 * data mean that the link is dead.
 */
import type { Socket } from 'jssip/lib/Socket'

export const SILENCE_MS = 40_000
/** A handshake that does not end is as dead as a silent link. */
const CONNECT_MS = 10_000
const LONGEST_WAIT_MS = 12_000

const nothing = (): void => undefined

type Data = Parameters<Socket['send']>[0]

export class SipSocket implements Socket {
  via_transport: string
  readonly sip_uri: string

  // JsSIP sets these three before it connects.
  onconnect: () => void = nothing
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = nothing
  ondata: <T>(data: T) => void = nothing

  private link: WebSocket | null = null
  /** Links in a row that were closed before anything came through them. */
  private failures = 0
  private wait: ReturnType<typeof setTimeout> | undefined
  private watchdog: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly url: string,
    private readonly silence = SILENCE_MS,
  ) {
    const { host, protocol } = new URL(url)
    this.via_transport = protocol === 'wss:' ? 'WSS' : 'WS'
    this.sip_uri = `sip:${host};transport=ws`
  }

  connect(): void {
    if (this.link !== null || this.wait !== undefined) return
    if (this.failures === 0) {
      this.open()
      return
    }
    // JsSIP counts a link as good once it opens; ours opens and closes at once while the exchange is away.
    const longest = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures)
    this.wait = setTimeout(
      () => {
        this.wait = undefined
        this.open()
      },
      longest * (0.5 + Math.random() / 2),
    )
  }

  private open(): void {
    const link = new WebSocket(this.url, 'sip')
    link.binaryType = 'arraybuffer'
    this.link = link
    link.onopen = () => {
      this.feedWatchdog(this.silence)
      this.onconnect()
    }
    link.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.failures = 0
      this.feedWatchdog(this.silence)
      this.ondata(data)
    }
    link.onclose = ({ wasClean, code, reason }) => this.lost(!wasClean, code, reason)
    this.feedWatchdog(CONNECT_MS)
  }

  disconnect(): void {
    this.drop()
  }

  send(message: Data): boolean {
    if (this.link?.readyState !== WebSocket.OPEN) return false
    this.link.send(message as string)
    return true
  }

  isConnected(): boolean {
    return this.link?.readyState === WebSocket.OPEN
  }

  isConnecting(): boolean {
    return this.wait !== undefined || this.link?.readyState === WebSocket.CONNECTING
  }

  private feedWatchdog(ms: number): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.lost(true, undefined, 'silence'), ms)
  }

  private lost(error: boolean, code?: number, reason?: string): void {
    this.drop()
    this.failures += 1
    this.ondisconnect(error, code, reason)
  }

  private drop(): void {
    clearTimeout(this.watchdog)
    clearTimeout(this.wait)
    this.wait = undefined
    const link = this.link
    this.link = null
    if (link === null) return
    // A dead link's close handshake never ends: it must not speak to us again.
    link.onopen = link.onmessage = link.onclose = null
    link.close()
  }
}
