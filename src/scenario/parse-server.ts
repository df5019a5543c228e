import { UserError } from '../errors/user-error.js'
import { defaults } from './defaults.js'
import { httpUrlProblem } from './http-url.js'
import { nearestName } from './nearest-name.js'
import { parseDurationMs, parseShare } from './parse-quantity.js'
import type { EmbeddedSettings, ServerSettings, TorchServeSettings } from './settings.js'

type Options = Record<string, string>
type OptionReader = (value: string) => number | string | undefined

const wholeFromOne: OptionReader = (value) => (/^[1-9]\d?$/.test(value) ? Number(value) : undefined)
const anyText: OptionReader = (value) => (value === '' ? undefined : value)

const optionReaders = {
  workers: { read: wholeFromOne, expected: 'a whole number from 1 to 99' },
  handler: { read: anyText, expected: 'a Python file' },
  tau: { read: parseDurationMs, expected: 'a time with its unit such as 7ms' },
  alpha: { read: parseDurationMs, expected: 'a time with its unit such as 25ms' },
  jitter: { read: parseShare, expected: 'a share such as 5% or 0.05' },
  table: { read: anyText, expected: 'a run folder' },
} satisfies Record<string, { read: OptionReader; expected: string }>

const optionsOfKind = {
  auto: ['workers', 'handler'],
  torchserve: ['workers', 'handler'],
  embedded: ['tau', 'alpha', 'jitter', 'workers', 'table'],
} as const

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
  switch (kind) {
    case 'auto':
    case 'torchserve':
      return torchServe(kind, parseOptions(kind, list))
    case 'embedded':
      return embedded(parseOptions(kind, list))
    default: {
      const nearest = nearestName(kind, Object.keys(optionsOfKind))
      throw new UserError(
        `unknown server ${kind}` + (nearest === undefined ? '' : `; did you mean ${nearest}?`),
        {
          expected: 'auto, torchserve, embedded, or http://host:port',
          received: text.includes('@') ? 'something else' : text,
        },
      )
    }
  }
}

function parseServerUrl(text: string): ServerSettings {
  const problem = httpUrlProblem(text)
  if (problem !== undefined) throw new UserError(problem.message, problem.parts)
  return { kind: 'url', inferenceUrl: text, manage: false }
}

function torchServe(kind: 'auto' | 'torchserve', options: Options): TorchServeSettings {
  const { handler } = options as { handler?: string }
  return {
    kind,
    workers: numberOption(options, 'workers') ?? defaults.torchserve.workers,
    ...(handler === undefined ? {} : { handler }),
  }
}

function embedded(options: Options): EmbeddedSettings {
  const { table } = options as { table?: string }
  const faults = Object.entries(options)
    .filter(([name]) => name.startsWith('fault.'))
    .map(([name, value]) => [name.slice('fault.'.length), value])
  return {
    kind: 'embedded',
    tauMs: numberOption(options, 'tau') ?? defaults.embedded.tauMs,
    alphaMs: numberOption(options, 'alpha') ?? defaults.embedded.alphaMs,
    jitter: numberOption(options, 'jitter') ?? defaults.embedded.jitter,
    workers: numberOption(options, 'workers') ?? defaults.embedded.workers,
    ...(table === undefined ? {} : { table }),
    ...(faults.length === 0 ? {} : { faults: Object.fromEntries(faults) as Record<string, string> }),
  }
}

function numberOption(options: Options, name: keyof typeof optionReaders): number | undefined {
  const written = options[name]
  return written === undefined ? undefined : (optionReaders[name].read(written) as number)
}

function parseOptions(kind: keyof typeof optionsOfKind, list: string | undefined): Options {
  const known: readonly string[] = optionsOfKind[kind]
  const options: Options = {}
  if (list === undefined) return options
  for (const pair of list.split(',')) {
    const [, name = '', value] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(pair) ?? []
    const isFault = kind === 'embedded' && /^fault\.[\w-]+$/.test(name)
    if (!known.includes(name) && !isFault) {
      const nearest = nearestName(name, known)
      throw new UserError(
        `unknown option ${name} of server ${kind}` +
          (nearest === undefined ? '' : `; did you mean ${nearest}?`),
        { expected: `name=value with one of ${known.join(', ')}`, received: pair },
      )
    }
    const reader = optionReaders[name as keyof typeof optionReaders] ?? { read: anyText, expected: 'a value' }
    if (value === undefined || reader.read(value) === undefined) {
      throw new UserError(`option ${name} of server ${kind} is wrong`, {
        expected: `${name}= and ${reader.expected}`,
        received: pair,
      })
    }
    if (name in options) {
      throw new UserError(`option ${name} of server ${kind} is given twice`, { received: list })
    }
    options[name] = value
  }
  return options
}
