/** The one way to the server: session cookie, CSRF token, language and errors in one place. */
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from './schema'

export interface Problem {
  code: string
  message: string
  fields?: Record<string, string[]>
}

/** An answer that is not a success; `message` is fit to be shown to a person. */
export class ApiError extends Error {
  /** 0 when the server was not reached. */
  readonly status: number
  readonly code: string
  readonly fields: Record<string, string[]>
  /** The whole body: a 409 `stale` carries the present card as `current`. */
  readonly body: unknown

  constructor(status: number, problem: Problem, body: unknown) {
    super(problem.message)
    this.name = 'ApiError'
    this.status = status
    this.code = problem.code
    this.fields = problem.fields ?? {}
    this.body = body
  }
}

type UnauthorizedHandler = () => void
let onUnauthorized: UnauthorizedHandler | null = null

/** Called on each 401 but that of the sign-in itself. */
export function handleUnauthorized(handler: UnauthorizedHandler): void {
  onUnauthorized = handler
}

let offlineText = 'Нет связи с сервером. Проверьте сеть и повторите.'

/** The text of an error that never reached the server, in the person's language. */
export function setOfflineText(text: string): void {
  offlineText = text
}

function cookie(name: string): string {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return found ? decodeURIComponent(found.slice(name.length + 1)) : ''
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}

async function json(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text())
  } catch {
    return null
  }
}

const ways: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', document.documentElement.lang || 'ru')
    if (request.method !== 'GET') request.headers.set('X-CSRFToken', cookie('csrftoken'))
  },
  async onResponse({ request, response, schemaPath }) {
    if (response.ok) return
    if (response.status === 401 && !(schemaPath === '/api/session' && request.method === 'POST')) {
      onUnauthorized?.()
    }
    const body = await json(response)
    throw new ApiError(
      response.status,
      isProblem(body) ? body : { code: 'failed', message: offlineText },
      body,
    )
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return
    return new ApiError(0, { code: 'offline', message: offlineText }, null)
  },
}

export const client = createClient<paths>({
  credentials: 'same-origin',
  // What is not chosen is not asked for.
  querySerializer: (query) => {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      const values: unknown[] = Array.isArray(value) ? value : [value]
      for (const one of values) {
        if (one !== null && one !== undefined && one !== '') search.append(name, String(one))
      }
    }
    return search.toString()
  },
})
client.use(ways)

/** The body of a success; whatever is not one has been thrown as {@link ApiError}. */
export async function answer<Data>(sent: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await sent
  return data as Data
}
