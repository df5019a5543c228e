/** Stands for what is not shown. */
export const mask = '***'
/** Several addresses that look the same when masked are numbered. */
const isMask = (text: string) => /^\*{3}\d*$/.test(text)

const addressPattern = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is

/**
 * An address without its secrets, such as `rtsp://***@host/path?***`; any other text as it is. Where the text does not
 * tell which part is the password, everything after the scheme is masked. References to environment variables
 * (`$env:NAME`) are no secrets and stay. Masking a masked address changes nothing.
 */
export function maskAddress(address: string): string {
  const [, scheme, rest] = addressPattern.exec(address) ?? []
  if (scheme === undefined || rest === undefined || /^file:/i.test(scheme)) return address
  const { authority, tail } = splitAuthority(rest)
  if (tail.includes('@')) return scheme + maskAmbiguous(authority, tail)
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(0, at))
  const shownUser = at < 0 ? '' : `${isMask(user) || isReference(user) ? user : mask}@`
  return scheme + shownUser + authority.slice(at + 1) + maskTail(tail)
}

/** True for an address of which something is masked. */
export function isMasked(text: string): boolean {
  return addressPattern.test(text) && text.includes(mask)
}

/** Up to the first character that ends the authority of an address (RFC 3986). */
function splitAuthority(rest: string): { authority: string; tail: string } {
  const end = rest.search(/[/?#]/)
  return end < 0 ? { authority: rest, tail: '' } : { authority: rest.slice(0, end), tail: rest.slice(end) }
}

const hostPattern = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i

/** An `@` after the authority: the password may contain `/`, `?` or `#`, or the `@` belongs to the path. */
function maskAmbiguous(authority: string, tail: string): string {
  const [, afterAt, ...more] = (authority + tail).split('@')
  const host = afterAt?.split('/')[0] ?? ''
  const isClear = more.length === 0 && !hostPattern.test(authority) && hostPattern.test(host)
  return isClear ? `${mask}@${host}/${mask}` : mask
}

/** Path, query and fragment. From the first suspicious segment of the path, all of it is masked. */
function maskTail(tail: string): string {
  const end = tail.search(/[?#]/)
  const path = end < 0 ? tail : tail.slice(0, end)
  const query = end < 0 ? '' : tail.slice(end)
  const segments = path.split('/')
  const first = segments.findIndex((segment) => !isHarmlessSegment(segment))
  if (first >= 0) return [...segments.slice(0, first), mask].join('/')
  if (query.length <= 1 || isMask(query.slice(1))) return path + query
  const isHarmless = query.startsWith('?') && query.slice(1).split('&').every(isHarmlessParameter)
  return path + (isHarmless ? query : `${query[0]}${mask}`)
}

/** `user=admin_password=…`, `admin:…` and long random keys are parts of the paths of known cameras. */
function isHarmlessSegment(segment: string): boolean {
  if (isMask(segment)) return true
  const isKey =
    segment.length >= 16 && /^[\w-]+$/.test(segment) && /\d/.test(segment) && /[a-z]/i.test(segment)
  if (isKey) return false
  const isPlain = !/[=:;&@]|%(?:3[abd]|26|40)/i.test(segment)
  return isPlain || isReference(segment) || namesAndReferences(segment).every(isHarmlessParameter)
}

/** A reference to an environment variable: `$env:NAME` or `$env:{NAME}`. */
export const reference = /\$env:(?:\{\w+\}|\w+)/g

/** True for one or more references, joined by colons. */
function isReference(text: string): boolean {
  return text.split(/:(?=\$)/).every((part) => part !== '' && part.replace(reference, '') === '')
}

/** The `name=value` of a path segment, which cameras separate by `&` or `_`. */
function namesAndReferences(segment: string): string[] {
  const parts: string[] = []
  let text = segment
  for (const [found] of segment.matchAll(reference))
    text = text.replace(found, found.replaceAll('_', '\u0000'))
  for (const part of text.split(/[&_]/)) parts.push(part.replaceAll('\u0000', '_'))
  return parts
}

/** Parameters of known cameras and of ffmpeg's protocols that are no secrets. */
const harmlessNames = new Set(
  (
    'camera ch channel chn codec compression fps framerate height latency listen mode overrun_nonfatal fifo_size ' +
    'pkt_size profile proto quality resolution rotation size stream streamtype subtype transtype unicast width'
  ).split(' '),
)

function isHarmlessParameter(parameter: string): boolean {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(parameter) ?? []
  if (value.replace(reference, '') === '' && value !== '') return true
  return harmlessNames.has(name.toLowerCase()) && /^[\w.-]{0,12}$/.test(value)
}

/** A line with each address that has a secret starred out, of the same length. */
export function starAddresses(line: string): string {
  return line.replaceAll(
    /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"']*)/gi,
    (found: string, scheme: string, rest: string) => {
      const masked = maskAddress(found)
      if (masked === found) return found
      const shown = masked.slice(scheme.length + mask.length)
      const tail = shown.startsWith('@') && rest.endsWith(shown) ? shown : ''
      return scheme + '*'.repeat(rest.length - tail.length) + tail
    },
  )
}

/**
 * The address as a program reads it: a password that contains `/`, `?`, `#` or a lone `%` becomes percent-encoded, if
 * it is clear where the password ends.
 */
export function encodePassword(address: string): string {
  const [, scheme = '', rest = ''] = addressPattern.exec(address) ?? []
  const { authority, tail } = splitAuthority(rest)
  const isClear = authority.includes('@') ? !tail.includes('@') : !hostPattern.test(authority)
  const at = rest.lastIndexOf('@')
  if (at < 0 || !isClear) return address
  const user = rest.slice(0, at).replaceAll(/[/?#@[\]\s]|%(?![\da-f]{2})/gi, (one) => encodeURIComponent(one))
  return `${scheme}${user}@${rest.slice(at + 1)}`
}

/** The parts of an address that masking removes, as words of a message. */
export function secretWords(address: string): Set<string> {
  const words = (text: string) => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1)
  const shown = new Set(words(maskAddress(address)))
  return new Set([...words(address), ...words(decoded(address))].filter((word) => !shown.has(word)))
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
