import { pointSettingNames, type PointSettingName } from '../plan/point-settings.js'
import { metricNames, metrics, type Metric, type MetricName } from './metric.js'
import { nearestName } from '../text/nearest-name.js'
import { GrammarError } from './grammar-error.js'
import { sourceExcerpt } from '../text/problem.js'
import { UserError } from '../../system/user-error.js'

export const operators = ['<=', '>=', '<', '>'] as const
export type Operator = (typeof operators)[number]

/** Selects the points with one setting; `column` is its column in points.csv. */
export interface Selector {
  column: PointSettingName
  value: string
}

/** A parsed threshold such as `fps >= 30 where mode=server, batchSize=4`. */
export interface Threshold {
  /** As written. */
  text: string
  metric: MetricName
  operator: Operator
  /** In the metric's own unit: fps, ms, frames, or a share (0.1 % is 0.001). */
  limit: number
  /** All must match; an empty list selects every point. */
  selectors: Selector[]
}

/** The factor of each unit that may be written, by the unit of the metric. */
const unitFactors: Record<Metric['unit'], Record<string, number>> = {
  fps: { '': 1, fps: 1 },
  ms: { '': 1, ms: 1, s: 1000 },
  frames: { '': 1, frames: 1 },
  share: { '': 1, '%': 0.01 },
}

/**
 * Reads one threshold (grammar in docs/gate.md):
 * `metric operator number [unit] ["where" column "=" value {"," column "=" value}]`.
 *
 * @throws GrammarError at the first token that does not fit
 */
export function parseThreshold(text: string): Threshold {
  const take = createScanner(text)
  const metric = readMetric(take)
  const operator = readOperator(take)
  const limit = readLimit(take, metric)
  const selectors = readSelectors(take)
  return { text: text.trim(), metric, operator, limit, selectors }
}

interface Token {
  token: string
  position: number
}

/** Skips blanks and takes what the pattern, anchored with ^, matches; '' if it does not match. */
type Take = (pattern: RegExp) => Token

function createScanner(text: string): Take {
  let reached = 0
  return (pattern) => {
    const rest = text.slice(reached)
    const position = reached + rest.length - rest.trimStart().length
    const token = pattern.exec(text.slice(position))?.[0] ?? ''
    reached = position + token.length
    return { token, position }
  }
}

function readMetric(take: Take): MetricName {
  const name = take(/^[^\s<>=!]+/)
  const metric = metricNames.find((known) => known === name.token)
  if (metric !== undefined) return metric
  const message = name.token === '' ? 'the metric is missing' : `there is no metric "${name.token}"`
  throw problem(message, name, {
    expected: `one of ${metricNames.join(', ')}`,
    remedy: didYouMean(name.token, metricNames),
  })
}

function readOperator(take: Take): Operator {
  const sign = take(/^[<>=!]+/)
  const operator = operators.find((known) => known === sign.token)
  if (operator !== undefined) return operator
  const equality = /^[=!]/.test(sign.token)
  throw problem('the comparison is not valid', sign.token === '' ? take(/^\S*/) : sign, {
    expected: '<, <=, > or >=',
    remedy: equality ? 'Measured values are never exactly equal. Use <, <=, > or >=.' : undefined,
  })
}

function readLimit(take: Take, metric: MetricName): number {
  const { unit } = metrics[metric]
  const number = take(/^[^\s,<>=a-zA-Zµ%]+/)
  if (!/^\d+(\.\d+)?$/.test(number.token)) {
    throw problem('the limit is not a number', number.token === '' ? take(/^\S*/) : number, {
      expected: 'a number such as 30 or 0.5',
    })
  }
  const limit = Number(number.token) * readUnitFactor(take, unit)
  if (unit === 'share' && limit > 1) {
    throw problem(`${metric} is a share and cannot exceed 1`, number, {
      expected: 'a share such as 0.001, or a percentage such as 0.1%',
      remedy: `Write ${number.token}% if you mean percent.`,
    })
  }
  return limit
}

function readUnitFactor(take: Take, unit: Metric['unit']): number {
  const written = take(/^(?!where\b)(%|[a-zA-Zµ]+)/)
  const factor = unitFactors[unit][written.token]
  if (factor !== undefined) return factor
  throw problem(`"${written.token}" is not a unit of this metric`, written, {
    expected: Object.keys(unitFactors[unit])
      .map((known) => known || 'no unit')
      .join(' or '),
  })
}

function readSelectors(take: Take): Selector[] {
  const where = take(/^\S+/)
  if (where.token === '') return []
  if (where.token !== 'where') {
    throw problem('unexpected text after the limit', where, {
      expected: 'the end, or "where" and the settings that select points',
      remedy: 'Write one threshold per comparison.',
    })
  }
  const selectors = [readSelector(take)]
  while (take(/^,/).token === ',') selectors.push(readSelector(take))
  const rest = take(/^\S+/)
  if (rest.token === '') return selectors
  throw problem('a comma is missing between the settings', rest, {
    expected: 'a comma or the end',
  })
}

function readSelector(take: Take): Selector {
  const name = take(/^[^\s=,]+/)
  const column = pointSettingNames.find((known) => known === name.token)
  if (column === undefined) {
    throw problem('unknown setting of a point', name, {
      expected: `one of ${pointSettingNames.join(', ')}`,
      remedy: didYouMean(name.token, pointSettingNames),
    })
  }
  const equals = take(/^=/)
  const value = equals.token === '' ? equals : take(/^[^\s=,]+/)
  if (value.token !== '') return { column, value: value.token }
  throw problem(`${column} has no value`, value, { expected: `${column}=value` })
}

function didYouMean(written: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(written, known)
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`
}

function problem(
  message: string,
  { token, position }: Token,
  parts: { expected: string; remedy?: string | undefined },
): GrammarError {
  return new GrammarError(
    `threshold: ${message}`,
    { received: token === '' ? 'nothing' : token, ...parts },
    { piece: { start: position, end: position + Math.max(1, token.length) } },
  )
}

/**
 * The thresholds of a saved run. Those of a scenario file are checked together with the rest of the file.
 *
 * @throws UserError (exit 2) that shows the first mistake
 */
export function parseThresholds(texts: readonly string[]): Threshold[] {
  return texts.map((text) => {
    try {
      return parseThreshold(text)
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error
      const { start, end } = error.piece ?? { start: 0, end: text.length }
      const source = { kind: 'flag' as const, label: 'thresholds', text, folder: '' }
      throw new UserError(error.message, {
        ...error.parts,
        where: 'thresholds',
        excerpt: sourceExcerpt({ source, start, end }),
      })
    }
  })
}
