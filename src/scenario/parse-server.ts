import { UserError } from '../errors/user-error.js'
import { defaults } from './defaults.js'
import { httpUrlProblem } from './http-url.js'
import { nearestName } from './nearest-name.js'
import { parseDurationMs, parseShare } from './parse-quantity.js'
import type { EmbeddedSettings, ServerSettings, TorchServeSettings } from './settings.js'

type OptionValue = number | string

interface OptionReader {
  /** Undefined where the text is not what is expected. */
  read: (text: string) => OptionValue | undefined
  expected: string
}

const readText = (text: string) => (text === '' ? undefined : text)
const readWorkers = (text: string) =>
  /^[1-9]\d?$/.test(text) && Number(text) <= 64 ? Number(text) : undefined

const workers = { read: readWorkers, expected: 'a whole number from 1 to 64' }
const handler = { read: readText, expected: 'a Python file' }

const optionsOfKind: Record<string, Record<string, OptionReader>> = {
  auto: { workers, handler },
  torchserve: { workers, handler },
  embedded: {
    tau: { read: parseDurationMs, expected: 'a time with its unit such as 7ms' },
    alpha: { read: parseDurationMs, expected: 'a time with its unit such as 25ms' },
    jitter: { read: parseShare, expected: 'a share such as 5% or 0.05' },
    workers,
    table: { read: readText, expected: 'a run folder' },
  },
}

/**
 * A server as it is written in a scenario and after `--server`: `auto`, `torchserve:workers=2,handler=path.py`,
 * `embedded:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run,fault.NAME=value`, `http://host:8080`.
 * Paths are returned as written (see `resolveServerPaths`).
 *
 * @throws UserError with what was expected, where the text is none of these
 */
export function parseServer(text: string): ServerSettings {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseServerUrl(text)
  const [, kind = '', list] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  if (kind === 'auto' || kind === 'torchserve') return torchServe(kind, parseOptions(kind, list))
  if (kind === 'embedded') return embedded(parseOptions(kind, list))
  throw new UserError(`unknown server ${kind}${didYouMean(kind, Object.keys(optionsOfKind))}`, {
    expected: 'auto, torchserve, embedded, or http://host:port',
    received: text.includes('@') ? 'something else (not shown: it may hold a password)' : text,
  })
}

function parseServerUrl(text: string): ServerSettings {
  const problem = httpUrlProblem(text)
  if (problem !== undefined) throw new UserError(problem.message, problem.parts)
  return { kind: 'url', inferenceUrl: text, manage: false }
}

type Options = ReadonlyMap<string, OptionValue>

function torchServe(kind: 'auto' | 'torchserve', options: Options): TorchServeSettings {
  const file = textOption(options, 'handler')
  return {
    kind,
    workers: numberOption(options, 'workers') ?? defaults.torchserve.workers,
    ...(file === undefined ? {} : { handler: file }),
  }
}

function embedded(options: Options): EmbeddedSettings {
  const table = textOption(options, 'table')
  const faults = [...options].filter(([name]) => name.startsWith(faultPrefix))
  return {
    kind: 'embedded',
    tauMs: numberOption(options, 'tau') ?? defaults.embedded.tauMs,
    alphaMs: numberOption(options, 'alpha') ?? defaults.embedded.alphaMs,
    jitter: numberOption(options, 'jitter') ?? defaults.embedded.jitter,
    workers: numberOption(options, 'workers') ?? defaults.embedded.workers,
    ...(table === undefined ? {} : { table }),
    ...(faults.length === 0
      ? {}
      : {
          faults: Object.fromEntries(
            faults.map(([name, value]) => [name.slice(faultPrefix.length), String(value)]),
          ),
        }),
  }
}

function numberOption(options: Options, name: string): number | undefined {
  const value = options.get(name)
  return typeof value === 'number' ? value : undefined
}

function textOption(options: Options, name: string): string | undefined {
  const value = options.get(name)
  return typeof value === 'string' ? value : undefined
}

const faultPrefix = 'fault.'
const fault: OptionReader = { read: readText, expected: 'a value' }

function parseOptions(kind: string, list: string | undefined): Options {
  const readers = new Map(Object.entries(optionsOfKind[kind] ?? {}))
  const options = new Map<string, OptionValue>()
  if (list === undefined) return options
  for (const pair of list.split(',')) {
    const [, name = '', text] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(pair) ?? []
    const isFault = kind === 'embedded' && /^fault\.[\w-]+$/.test(name)
    const reader = isFault ? fault : readers.get(name)
    if (reader === undefined) {
      throw new UserError(
        `unknown option ${name} of server ${kind}${didYouMean(name, [...readers.keys()])}`,
        {
          expected: `name=value with one of ${[...readers.keys()].join(', ')}`,
          received: pair,
        },
      )
    }
    if (options.has(name))
      throw new UserError(`option ${name} of server ${kind} is given twice`, { received: list })
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

function didYouMean(written: string, known: readonly string[]): string {
  const nearest = nearestName(written, known)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
