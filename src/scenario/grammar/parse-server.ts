import type { OneOf } from '../schema/section.js'
import type { RawServer } from '../schema/server.js'
import { managedApis, predictionApis, protocols } from '../schema/protocol.js'
import { didYouMean } from '../text/nearest-name.js'
import { parseFault } from './faults.js'
import { GrammarError } from './grammar-error.js'
import { parseServerAddress } from './parse-server-address.js'
import { parseDurationMs, parseShare } from './parse-quantity.js'
import { requireConfigKey, requireVariable } from './torchserve-config.js'

/** Whether the text of a flag names a file with the mapping of a server. */
export function isServerFile(text: string): boolean {
  return (
    /\.(ya?ml|json)$/i.test(text) &&
    !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) &&
    !/^(auto|torchserve|embedded):/.test(text)
  )
}

/** A server whose settings are not swept. */
type SingleServer = OneOf<RawServer>

/** The servers that are chosen by a name; all others are addresses. */
const serverWords = ['auto', 'torchserve', 'embedded'] as const
type ServerWord = (typeof serverWords)[number]

/**
 * Parses a server as written in a scenario or after `--server`: `auto`,
 * `torchserve:workers=2,handler=path.py,config.NAME=value,env.NAME=value`,
 * `embedded:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run,fault.NAME=value`, `http://host:8080,tokenEnv=NAME`.
 *
 * @returns the equivalent mapping of a scenario; paths as written, defaults not applied
 * @throws GrammarError
 */
export function parseServer(text: string): SingleServer {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseServerAddress(text)
  const [, word = '', options] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  const kind = serverWords.find((known) => known === word)
  if (kind === undefined) throw unknownServer(text, word)
  return parseOptions(kind, options)
}

function unknownServer(text: string, word: string): GrammarError {
  const expected = 'auto, torchserve, embedded, or http://host:port'
  if (text.includes('@')) {
    return new GrammarError('unknown server', {
      expected,
      received: 'something else (hidden: it may contain a password)',
    })
  }
  const address = /^(?:[\w.-]+|\[[\da-f:]+\]):\d+(?:\/[^,]*)?(?=,|$)/i.exec(text)?.[0]
  if (address !== undefined) {
    return new GrammarError('a server address must start with http:// or https://', {
      expected,
      received: address,
      remedy: `Write http://${address}.`,
    })
  }
  if (isServerFile(text)) {
    return new GrammarError('a scenario does not refer to a server file', {
      expected,
      received: text,
      remedy:
        'Write the fields of the file here as a mapping. The flags --server, --baseline and --candidate take a file.',
    })
  }
  return new GrammarError(`unknown server ${word}${didYouMean(word, serverWords)}`, {
    expected,
    received: text,
  })
}

interface Option {
  /** The field of the mapping that the option stands for. */
  field: string
  /** Returns undefined if the text is not valid. */
  read: (text: string) => number | string | undefined
  expected: string
}

const readText = (text: string) => (text === '' ? undefined : text)
const readWorkers = (text: string) =>
  /^[1-9]\d?$/.test(text) && Number(text) <= 64 ? Number(text) : undefined

const workers: Option = { field: 'workers', read: readWorkers, expected: 'a whole number from 1 to 64' }
const handler: Option = { field: 'handler', read: readText, expected: 'a Python file' }
const protocol: Option = {
  field: 'protocol',
  read: (text) => protocols.find((known) => known === text),
  expected: protocols.join(' or '),
}
const api = (known: readonly string[]): Option => ({
  field: 'api',
  read: (text) => known.find((one) => one === text),
  expected: known.join(' or '),
})
const time = (field: string, example: string): Option => ({
  field,
  read: parseDurationMs,
  expected: `a time with its unit such as ${example}`,
})

const managed = new Map([
  ['workers', workers],
  ['protocol', protocol],
  ['api', api(managedApis)],
  ['handler', handler],
  ['requirements', { field: 'requirements', read: readText, expected: 'a requirements.txt' }],
  ['python', { field: 'python', read: readText, expected: 'the folder of a virtual environment' }],
])

/** A mapping with free names, written as one option per name: `config.job_queue_size=1000`. */
interface OptionGroup {
  field: string
  /** @throws GrammarError */
  read: (name: string, text: string) => string | number | boolean
}

/** As YAML reads a plain value, so that a text and a mapping give equal settings. */
function readScalar(text: string): string | number | boolean {
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text)
  return text === 'true' || text === 'false' ? text === 'true' : text
}

const managedGroups = new Map<string, OptionGroup>([
  [
    'config',
    {
      field: 'config',
      read(name, text) {
        requireConfigKey(name)
        return readScalar(text)
      },
    },
  ],
  [
    'env',
    {
      field: 'env',
      read(name, text) {
        requireVariable(name, text)
        return readScalar(text)
      },
    },
  ],
])

const groupsOfKind: Record<ServerWord, ReadonlyMap<string, OptionGroup>> = {
  auto: managedGroups,
  torchserve: managedGroups,
  embedded: new Map([
    [
      'fault',
      {
        field: 'faults',
        read(name, text) {
          parseFault(name, text)
          return text
        },
      },
    ],
  ]),
}

const optionsOfKind: Record<ServerWord, ReadonlyMap<string, Option>> = {
  auto: managed,
  torchserve: managed,
  embedded: new Map([
    ['tau', time('tauMs', '7ms')],
    ['alpha', time('alphaMs', '25ms')],
    ['jitter', { field: 'jitter', read: parseShare, expected: 'a share such as 5% or 0.05' }],
    ['workers', workers],
    ['protocol', protocol],
    ['api', api(predictionApis)],
    ['table', { field: 'table', read: readText, expected: 'a run folder' }],
  ]),
}

/** Parses `name=value,name=value`, each name at most once, into the fields that they stand for. */
function parseOptions(kind: ServerWord, list: string | undefined): SingleServer
// The reader of each option returns the type of its field.
function parseOptions(kind: ServerWord, list: string | undefined): object {
  const seen = new Set<string>()
  const fields: Record<string, unknown> = { kind }
  const groups: Record<string, Record<string, unknown>> = {}
  for (const pair of list?.split(',') ?? []) {
    const [, name = '', text] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(pair) ?? []
    const [, prefix = '', inner = ''] = /^(\w+)\.(.+)$/.exec(name) ?? []
    const group = groupsOfKind[kind].get(prefix)
    const option = group === undefined ? requireOption(kind, name, pair) : undefined
    if (seen.has(name)) {
      throw new GrammarError(`option ${name} of server ${kind} is given twice`, { received: pair })
    }
    seen.add(name)
    if (group !== undefined) {
      const value = group.read(inner, text ?? '')
      groups[group.field] = { ...groups[group.field], [inner]: value }
    } else if (option !== undefined) {
      const value = text === undefined ? undefined : option.read(text)
      if (value === undefined) {
        throw new GrammarError(`option ${name} of server ${kind} is not valid`, {
          expected: `${name}= and ${option.expected}`,
          received: pair,
        })
      }
      fields[option.field] = value
    }
  }
  return { ...fields, ...groups }
}

function requireOption(kind: ServerWord, name: string, pair: string): Option {
  const option = optionsOfKind[kind].get(name)
  if (option !== undefined) return option
  const groups = [...groupsOfKind[kind].keys()].map((group) => `${group}.NAME`)
  const known = [...optionsOfKind[kind].keys(), ...groups]
  throw new GrammarError(`unknown option ${name} of server ${kind}${didYouMean(name, known)}`, {
    expected: `name=value, with a name out of ${known.join(', ')}`,
    received: pair,
  })
}
