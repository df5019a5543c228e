import { UserError } from '../../system/user-error.js'
import { defaults } from '../schema/defaults.js'
import { httpUrlProblem } from '../schema/http-url.js'
import { didYouMean } from '../text/nearest-name.js'
import { faultPrefix, parseServerOptions, serverWords, type ServerOptions } from './server-options.js'
import type { EmbeddedSettings, ServerSettings, TorchServeSettings } from '../schema/settings.js'

/**
 * A server as it is written in a scenario and after `--server`: `auto`, `torchserve:workers=2,handler=path.py`,
 * `embedded:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run,fault.NAME=value`, `http://host:8080`.
 * Paths are returned as written (see `resolveServerPaths`).
 *
 * @throws UserError with what was expected, where the text is none of these
 */
export function parseServer(text: string): ServerSettings {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseServerUrl(text)
  const [, word = '', options] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  if (word === 'auto' || word === 'torchserve') return torchServe(word, parseServerOptions(word, options))
  if (word === 'embedded') return embedded(parseServerOptions(word, options))
  throw new UserError(`unknown server ${word}${didYouMean(word, serverWords)}`, {
    expected: 'auto, torchserve, embedded, or http://host:port',
    received: text.includes('@') ? 'something else (not shown: it may hold a password)' : text,
  })
}

function parseServerUrl(text: string): ServerSettings {
  const problem = httpUrlProblem(text)
  if (problem !== undefined) throw new UserError(problem.message, problem.parts)
  return { kind: 'url', inferenceUrl: text, manage: false }
}

function torchServe(kind: 'auto' | 'torchserve', options: ServerOptions): TorchServeSettings {
  const handler = textOption(options, 'handler')
  return {
    kind,
    workers: numberOption(options, 'workers') ?? defaults.torchserve.workers,
    ...(handler !== undefined && { handler }),
  }
}

function embedded(options: ServerOptions): EmbeddedSettings {
  const table = textOption(options, 'table')
  const faults = [...options]
    .filter(([name]) => name.startsWith(faultPrefix))
    .map(([name, value]) => [name.slice(faultPrefix.length), String(value)] as const)
  return {
    kind: 'embedded',
    tauMs: numberOption(options, 'tau') ?? defaults.embedded.tauMs,
    alphaMs: numberOption(options, 'alpha') ?? defaults.embedded.alphaMs,
    jitter: numberOption(options, 'jitter') ?? defaults.embedded.jitter,
    workers: numberOption(options, 'workers') ?? defaults.embedded.workers,
    ...(table !== undefined && { table }),
    ...(faults.length > 0 && { faults: Object.fromEntries(faults) }),
  }
}

function numberOption(options: ServerOptions, name: string): number | undefined {
  const value = options.get(name)
  return typeof value === 'number' ? value : undefined
}

function textOption(options: ServerOptions, name: string): string | undefined {
  const value = options.get(name)
  return typeof value === 'string' ? value : undefined
}
