import stableStringify from 'safe-stable-stringify'
import type { Plan, Point } from '../../scenario/plan/plan.js'
import { pointSettings } from '../../scenario/plan/point-settings.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'

/**
 * Why two runs cannot be compared, one line per difference; empty if they can. The server's address and handler may
 * differ, because a change of the server is what a gate is for. Its kind may not.
 */
export function runDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  const facts: [string, (run: RunAnalysis) => string | undefined][] = [
    ['server kind', ({ server }) => server?.kind],
    ['model', ({ model }) => model?.name],
    ['weights', ({ model }) => model?.weights],
    ['clip', ({ video }) => video && `${video.frames} frames, ${video.hash.slice(0, 12)}`],
    ['number of points', ({ plan }) => String(plan.points.length)],
  ]
  const differing = facts.flatMap(([what, of]) => difference(what, of(baseline), of(candidate)))
  return [...differing, ...pointDifferences(baseline.plan, candidate.plan)]
}

/** Machine facts that differ. Other versions of the operating system or Node do not make another machine. */
export function machineDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  return ['cpu', 'cores', 'memory'].flatMap((fact) =>
    difference(fact, baseline.environment[fact], candidate.environment[fact]),
  )
}

function pointDifferences(baseline: Plan, candidate: Plan): string[] {
  return baseline.points.flatMap((point, i) => {
    const other = candidate.points[i]
    if (other === undefined || settingsKey(point) === settingsKey(other)) return []
    const found = pointSettings.flatMap(({ name, read }) =>
      difference(`point ${point.id}, ${name}`, read(point), read(other)),
    )
    return found.length > 0 ? found : [`point ${point.id}: measure, slo, video or model settings differ`]
  })
}

/** The settings that a point's figures depend on, without the server itself and the number of repetitions. */
function settingsKey({ video, model, batching, load, measure, slo }: Point): string {
  const { source: _source, ...frames } = video
  const { archive: _archive, ...asked } = model
  const { repetitions: _repetitions, ...measured } = measure
  return stableStringify([frames, asked, batching, load, measured, slo])
}

function difference<Value extends string | number>(
  what: string,
  baseline: Value | undefined,
  candidate: Value | undefined,
): string[] {
  if (baseline === candidate) return []
  return [`${what}: ${baseline ?? 'unknown'} in the baseline, ${candidate ?? 'unknown'} in the candidate`]
}
