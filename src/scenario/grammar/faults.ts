import { didYouMean } from '../text/nearest-name.js'
import { GrammarError } from './grammar-error.js'

/** Faults of a batch. */
export const batchFaultNames = ['kill', 'out-of-memory', 'hang', 'fail', 'slow', 'swap', 'garbage'] as const
export type BatchFaultName = (typeof batchFaultNames)[number]

/** Faults of the whole server that last for a time. */
export const serverFaultNames = ['refuse', 'queue-full'] as const
export type ServerFaultName = (typeof serverFaultNames)[number]

const faultNames: readonly string[] = [...batchFaultNames, ...serverFaultNames]

/** Which batches are affected; times count from the model's first request. */
export type Trigger =
  | { kind: 'always' }
  | { kind: 'every'; batches: number }
  | { kind: 'once'; batch: number }
  | { kind: 'share'; share: number }
  | { kind: 'window'; fromMs: number; untilMs: number }

export interface Fault {
  name: BatchFaultName | ServerFaultName
  trigger: Trigger
  /** `slow` only: factor on the service time. */
  factor: number
}

const grammar =
  'every N | N% | once N | after Ns [for Ns] (seconds since the first request); slow starts with a factor: 3x every 50'

/**
 * Parses faults as written in a scenario or on the command line, such as
 * `{ kill: 'every 50', slow: '3x 1%', refuse: 'after 5s for 2s' }`.
 */
export function parseFaults(written: Record<string, string>): Fault[] {
  return Object.entries(written).map(([name, text]) => parseFault(name, text))
}

/** @throws GrammarError for an unknown fault name or a trigger that is not valid */
export function parseFault(name: string, text: string): Fault {
  if (!isFaultName(name)) {
    throw new GrammarError(
      `the embedded server has no fault "${name}"${didYouMean(name, faultNames)}`,
      { expected: `one of ${faultNames.join(', ')}`, received: name },
      { ofName: true },
    )
  }
  // Hyphens may replace spaces, which would need quotes in a shell.
  const words = text.trim().split(/[\s-]+/)
  const factor = name === 'slow' ? /^(\d+(?:\.\d+)?)x$/.exec(words[0] ?? '') : null
  if (factor !== null) words.shift()
  const trigger =
    factor !== null && words.length === 0 ? { kind: 'always' as const } : parseTrigger(words.join(' '))
  const serverWide = serverFaultNames.some((serverFault) => serverFault === name)
  if (
    trigger === undefined ||
    (name === 'slow' && factor === null) ||
    (serverWide && trigger.kind !== 'window')
  ) {
    throw new GrammarError(`the fault "${name}" is not valid`, {
      expected: serverWide ? 'after Ns [for Ns]' : grammar,
      received: text,
    })
  }
  return { name, trigger, factor: factor === null ? 1 : Number(factor[1]) }
}

function isFaultName(name: string): name is Fault['name'] {
  return faultNames.includes(name)
}

function parseTrigger(text: string): Trigger | undefined {
  const every = /^every ([1-9]\d*)$/.exec(text)
  if (every !== null) return { kind: 'every', batches: Number(every[1]) }
  const once = /^once ([1-9]\d*)$/.exec(text)
  if (once !== null) return { kind: 'once', batch: Number(once[1]) }
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (share !== null && Number(share[1]) <= 100) return { kind: 'share', share: Number(share[1]) / 100 }
  const window = /^after (\d+(?:\.\d+)?)s(?: for (\d+(?:\.\d+)?)s)?$/.exec(text)
  if (window === null) return undefined
  const fromMs = Number(window[1]) * 1000
  return {
    kind: 'window',
    fromMs,
    untilMs: window[2] === undefined ? Infinity : fromMs + Number(window[2]) * 1000,
  }
}
