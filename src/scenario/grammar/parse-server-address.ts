import type { OneOf } from '../schema/section.js'
import type { RawServer } from '../schema/server.js'
import { urlServer } from '../schema/url-server.js'
import { didYouMean, nearestName } from '../text/nearest-name.js'
import { GrammarError } from './grammar-error.js'
import { requireServerAddress } from './server-address.js'

/** The fields of a server that may follow its address. */
const addressFields = Object.keys(urlServer.fields).filter(
  (name) => name !== 'kind' && name !== 'inferenceUrl',
)

/**
 * An address, and fields after it: `http://host:8080,tokenEnv=A,headers.x-api-key=$env:KEY`. An address may contain
 * commas, so the fields begin at the first `,name=` with a known name. The values are checked by the schema.
 */
export function parseServerAddress(text: string): OneOf<RawServer> {
  const pairs = text.split(/,(?=\s*[\w.-]+\s*=)/)
  const first = pairs.findIndex((pair, index) => index > 0 && isAddressField(fieldName(pair)))
  const inferenceUrl = pairs.slice(0, first < 0 ? undefined : first).join(',')
  for (const pair of pairs.slice(1, first < 0 ? undefined : first)) {
    const name = fieldName(pair)
    if (nearestName(name, addressFields) !== undefined) throw unknownField(name)
  }
  requireServerAddress(inferenceUrl)
  return { kind: 'url', inferenceUrl, ...parseAddressFields(first < 0 ? [] : pairs.slice(first)) }
}

function parseAddressFields(pairs: readonly string[]): Partial<OneOf<RawServer>>
function parseAddressFields(pairs: readonly string[]): object {
  const fields = new Map<string, unknown>()
  const headers = new Map<string, string>()
  for (const pair of pairs) {
    const name = fieldName(pair)
    if (!isAddressField(name)) throw unknownField(name)
    const text = pair.slice(pair.indexOf('=') + 1).trim()
    const header = /^headers\.(.+)$/.exec(name)?.[1]
    if (header === undefined ? fields.has(name) : headers.has(header)) {
      throw new GrammarError(
        `the field ${name} is given twice`,
        { expected: 'each field once' },
        { secret: true },
      )
    }
    if (text === '') {
      throw new GrammarError(
        `the field ${name} is empty`,
        { expected: `${name}= and a value` },
        { secret: true },
      )
    }
    if (header !== undefined) headers.set(header, text)
    else fields.set(name, name === 'manage' ? readBoolean(name, text) : text)
  }
  return { ...Object.fromEntries(fields), ...(headers.size > 0 && { headers: Object.fromEntries(headers) }) }
}

function fieldName(pair: string): string {
  return pair.slice(0, Math.max(0, pair.indexOf('='))).trim()
}

/** The headers are written one by one, as `headers.NAME=value`. */
function isAddressField(name: string): boolean {
  return /^headers\../.test(name) || (name !== 'headers' && addressFields.includes(name))
}

function readBoolean(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new GrammarError(
    `the field ${name} is not valid`,
    { expected: 'true or false', received: text },
    { secret: true },
  )
}

/** Other fields of the text may hold secrets, so it is not shown. */
function unknownField(name: string): GrammarError {
  const known = addressFields.map((field) => (field === 'headers' ? 'headers.NAME' : field))
  return new GrammarError(
    `unknown field ${name} of a server${didYouMean(name, known)}`,
    {
      expected: `one of ${known.join(', ')}`,
      received: name,
      remedy: 'A comma of an address is written %2C.',
    },
    { secret: true },
  )
}
