import type * as z from 'zod'
// Its type only: load threads should start without zod.
import type { failureSchema } from './failure-schema.js'

export type Failure = z.infer<typeof failureSchema>
/** What tells failures apart. */
export type FailureCause = Pick<Failure, 'outcome' | 'status' | 'message'>

/** Distinct failures that are kept per measurement. A server may put a new text into every answer. */
export const mostFailures = 32

/**
 * Adds up failures, each cause once, those of most frames first. Beyond `mostFailures` causes the failures of an outcome
 * are added up without status and message, so that the sums by outcome stay exact.
 */
export function mergeFailures(all: readonly Failure[]): Failure[] {
  const merged = new Map<string, Failure>()
  let distinct = 0
  for (const failure of all.toSorted(mostFramesFirst)) {
    const key = causeKey(failure)
    const known = merged.get(key)
    if (known !== undefined) addTo(known, failure)
    else if (failure.message === undefined) merged.set(key, { ...failure })
    else if (distinct < mostFailures) {
      distinct++
      merged.set(key, { ...failure })
    } else {
      const { outcome, requests, frames } = failure
      const rest = merged.get(causeKey({ outcome }))
      if (rest === undefined) merged.set(causeKey({ outcome }), { outcome, requests, frames })
      else addTo(rest, failure)
    }
  }
  return [...merged.values()].toSorted(mostFramesFirst)
}

function addTo(known: Failure, { requests, frames }: Failure): void {
  known.requests += requests
  known.frames += frames
}

function mostFramesFirst(a: Failure, b: Failure): number {
  return b.frames - a.frames || b.requests - a.requests
}

const uuids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi
/** Numbers, addresses and hashes: `0x7f3a…`, hexadecimal digits from 12 on, decimal digits. */
const numbers = /0x[0-9a-f]+|\b(?=[a-f]*\d)[0-9a-f]{12,}\b|\d+(?:[.,]\d+)*/gi

/** The same for two failures whose messages differ only in numbers, addresses and UUIDs. */
export function causeKey({ outcome, status, message }: FailureCause): string {
  const text = message?.replaceAll(uuids, '#').replaceAll(numbers, '#')
  return `${outcome} ${status ?? ''} ${text ?? '\n'}`
}

/** `status 503 InternalServerException: Prediction failed`, `no answer within 20000 ms`, `other http-error`. */
export function nameFailure({ outcome, status, message }: FailureCause): string {
  if (message === undefined && status === undefined) return `other ${outcome}`
  if (outcome === 'http-error') return `status ${status} ${message ?? ''}`.trimEnd()
  return message === undefined || message === '' ? outcome : message
}
