import { defaults } from '../schema/defaults.js'
import { parseShare } from '../grammar/parse-quantity.js'
import { parseServer } from '../grammar/parse-server.js'
import type { EmbeddedSettings, ServerSettings } from '../schema/settings.js'
import type { WrittenCell } from './written-cell.js'

type WrittenServer = NonNullable<WrittenCell['server']>

/** A server with its defaults. */
export function settleServer(written: WrittenServer = defaults.server): ServerSettings {
  if (typeof written === 'string') return parseServer(written)
  if (written.kind === 'embedded') return embedded(written)
  if (written.kind === 'url') return { ...written, manage: written.manage ?? false }
  return { ...defaults.torchserve, ...written }
}

function embedded(written: Extract<WrittenServer, { kind: 'embedded' }>): EmbeddedSettings {
  const { jitter, faults, ...rest } = written
  const share = typeof jitter === 'string' ? parseShare(jitter) : jitter
  return {
    ...defaults.embedded,
    ...rest,
    ...(share === undefined ? {} : { jitter: share }),
    ...(faults === undefined ? {} : { faults: asTexts(faults) }),
  }
}

function asTexts(faults: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(faults).map(([name, value]) => [name, String(value)]))
}
