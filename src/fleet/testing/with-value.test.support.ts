import { isMapping } from '../../scenario/text/located-data.js'

/** The bytes of a message in which one value was replaced. @param path such as `endpoint.host` */
export function withValue(message: object, path: string, value: unknown): Uint8Array {
  const copy: unknown = JSON.parse(JSON.stringify(message))
  const keys = path.split('.')
  let at = copy
  for (const key of keys.slice(0, -1)) at = isMapping(at) ? at[key] : undefined
  if (!isMapping(at)) throw new Error(`the message has no ${path}`)
  at[keys.at(-1)!] = value
  return new TextEncoder().encode(JSON.stringify(copy))
}
