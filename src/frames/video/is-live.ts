import { setTimeout as delay } from 'node:timers/promises'
import type { VideoSource } from './video-source.js'

const answerLimitMs = 10_000

/**
 * True if the source sends at its own pace: a camera. A file and the test pattern are read as fast as they are needed.
 * An http(s) address is asked once: an MJPEG camera (multipart/x-mixed-replace) and everything else without a length is
 * live; a file and a playlist with an end are not.
 */
export async function isLive(source: VideoSource, signal?: AbortSignal): Promise<boolean> {
  if (source.kind === 'live' || source.kind === 'device') return true
  if (source.kind !== 'download' || !/^https?$/.test(source.scheme)) return false
  return isLiveDownload(source.url, signal)
}

async function isLiveDownload(url: string, signal?: AbortSignal, depth = 0): Promise<boolean> {
  const stop = new AbortController()
  const end = () => stop.abort()
  signal?.addEventListener('abort', end, { once: true })
  const timer = delay(answerLimitMs, undefined, { signal: stop.signal, ref: false }).then(
    end,
    () => undefined,
  )
  try {
    const response = await fetch(withoutUser(url), { headers: basicAuthorization(url), signal: stop.signal })
    // Digest authentication, which ffmpeg knows: cameras have it, file servers hardly.
    if (response.status === 401) return true
    if (!response.ok) return false
    const type = response.headers.get('content-type') ?? ''
    if (/^multipart\//i.test(type)) return true
    if (/mpegurl/i.test(type) || /\.m3u8?$/i.test(new URL(url).pathname)) {
      return await isLivePlaylist(await response.text(), response.url, signal, depth)
    }
    return !response.headers.has('content-length')
  } catch (error) {
    // An answer that is not quite HTTP, as some cameras send it. If nobody answers, ffmpeg says so better.
    return isProtocolError(error)
  } finally {
    end()
    await timer
    signal?.removeEventListener('abort', end)
  }
}

/** HLS: a playlist with an end tag is a recording (RFC 8216); a master playlist names others. */
async function isLivePlaylist(
  text: string,
  url: string,
  signal: AbortSignal | undefined,
  depth: number,
): Promise<boolean> {
  if (text.includes('#EXT-X-ENDLIST')) return false
  if (!text.includes('#EXT-X-STREAM-INF') || depth > 0) return true
  const first = text.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#'))
  return first === undefined || isLiveDownload(new URL(first, url).href, signal, depth + 1)
}

function isProtocolError(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && /^(HPE_|UND_ERR_(SOCKET|RES))/.test(String(cause.code))
}

/** `fetch` refuses addresses with a user and a password. */
function withoutUser(url: string): URL {
  const parsed = new URL(url)
  parsed.username = ''
  parsed.password = ''
  return parsed
}

function basicAuthorization(url: string): Record<string, string> {
  const { username, password } = new URL(url)
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}
