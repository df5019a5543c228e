import { type Check } from './check.js'
import { type CheckName, checkNames, checks } from './checks.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'

/** One check over a whole run, with the measurement (or point) that has the worst value. */
export interface RunCheck {
  name: CheckName | 'repetition-spread'
  title: string
  severity: Check['severity']
  unit: Check['unit']
  /** `absent`: no measurement could be checked. */
  state: 'passed' | 'failed' | 'absent'
  worst?: { observed: number; limit: number; point: number; repetition?: number; site?: string | undefined }
}

/** The check of the spread fails if the range of the repetitions of a point exceeds this share of their median. */
const spreadLimit = 0.1

/** The checks that have a title, and the spread of FPS between repetitions, which a single measurement cannot show. */
export function checkRun({
  measurements,
  points,
}: {
  measurements: readonly MeasurementSummary[]
  points: readonly PointSummary[]
}): RunCheck[] {
  const rows = checkNames.flatMap((name): RunCheck[] => {
    const { title, severity, unit, atAgents }: Check = checks[name]
    if (title === undefined) return []
    const results = measurements.flatMap(({ point, repetition, checks }) =>
      checks.filter((result) => result.name === name).map((result) => ({ ...result, point, repetition })),
    )
    // Without agents there is nothing to check.
    if (atAgents === 'only' && results.length === 0) return []
    return [{ name, title, severity, unit, ...judged(results) }]
  })
  const spreads = points.flatMap(({ point, fps }) =>
    fps === undefined || fps.repetitions < 2 || fps.median === 0
      ? []
      : [{ observed: (fps.max - fps.min) / fps.median, limit: spreadLimit, point: point.id }],
  )
  return [
    ...rows,
    {
      name: 'repetition-spread',
      title: 'spread of FPS between repetitions',
      severity: 'note',
      unit: 'share',
      ...judged(spreads),
    },
  ]
}

function judged(results: NonNullable<RunCheck['worst']>[]): Pick<RunCheck, 'state' | 'worst'> {
  const [first, ...others] = results
  if (first === undefined) return { state: 'absent' }
  const { observed, limit, point, repetition, site } = others.reduce(
    (worst, one) => (badness(one) > badness(worst) ? one : worst),
    first,
  )
  return {
    state: observed > limit ? 'failed' : 'passed',
    worst: {
      observed,
      limit,
      point,
      ...(repetition !== undefined && { repetition }),
      ...(site !== undefined && { site }),
    },
  }
}

function badness({ observed, limit }: { observed: number; limit: number }): number {
  return limit > 0 ? observed / limit : observed
}
