import { UserError } from '../../system/user-error.js'
import { didYouMean } from '../text/nearest-name.js'
import { parseDurationMs, parseShare } from './parse-quantity.js'

/** The options behind the colon of a server's text, each read as what it means. */
export type ServerOptions = ReadonlyMap<string, number | string>

interface OptionReader {
  /** Undefined where the text is not what is expected. */
  read: (text: string) => number | string | undefined
  expected: string
}

const readText = (text: string) => (text === '' ? undefined : text)
const readWorkers = (text: string) =>
  /^[1-9]\d?$/.test(text) && Number(text) <= 64 ? Number(text) : undefined

const workers: OptionReader = { read: readWorkers, expected: 'a whole number from 1 to 64' }
const handler: OptionReader = { read: readText, expected: 'a Python file' }
const fault: OptionReader = { read: readText, expected: 'a value' }

const optionsOfKind = {
  auto: new Map([
    ['workers', workers],
    ['handler', handler],
  ]),
  torchserve: new Map([
    ['workers', workers],
    ['handler', handler],
  ]),
  embedded: new Map<string, OptionReader>([
    ['tau', { read: parseDurationMs, expected: 'a time with its unit such as 7ms' }],
    ['alpha', { read: parseDurationMs, expected: 'a time with its unit such as 25ms' }],
    ['jitter', { read: parseShare, expected: 'a share such as 5% or 0.05' }],
    ['workers', workers],
    ['table', { read: readText, expected: 'a run folder' }],
  ]),
}

/** The servers that are named by a word; all others are addresses. */
export const serverWords = ['auto', 'torchserve', 'embedded'] as const
export type ServerWord = (typeof serverWords)[number]

/** The prefix of an option that asks the embedded server for a fault. */
export const faultPrefix = 'fault.'

/**
 * `name=value,name=value`, each name at most once.
 *
 * @throws UserError for an option that the kind of server doesn't have, or a value that is not what is expected
 */
export function parseServerOptions(kind: ServerWord, list: string | undefined): ServerOptions {
  const options = new Map<string, number | string>()
  for (const pair of list?.split(',') ?? []) {
    const [, name = '', text] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(pair) ?? []
    const reader = readerOf(kind, name, pair)
    if (options.has(name)) {
      throw new UserError(`option ${name} of server ${kind} is given twice`, { received: pair })
    }
    const value = text === undefined ? undefined : reader.read(text)
    if (value === undefined) {
      throw new UserError(`option ${name} of server ${kind} is wrong`, {
        expected: `${name}= and ${reader.expected}`,
        received: pair,
      })
    }
    options.set(name, value)
  }
  return options
}

function readerOf(kind: ServerWord, name: string, pair: string): OptionReader {
  if (kind === 'embedded' && /^fault\.[\w-]+$/.test(name)) return fault
  const reader = optionsOfKind[kind].get(name)
  if (reader !== undefined) return reader
  const known = [...optionsOfKind[kind].keys()]
  throw new UserError(`unknown option ${name} of server ${kind}${didYouMean(name, known)}`, {
    expected: `name=value with one of ${known.join(', ')}`,
    received: pair,
  })
}
