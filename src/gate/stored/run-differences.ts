import type { Plan, Point } from '../../scenario/plan/plan.js'
import { pointSettings } from '../../scenario/plan/point-settings.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'

/**
 * Why two runs cannot be compared, as `what: baseline against candidate`; empty where they can. The server's address
 * and handler may differ, because a change of the server is what a gate is for; its kind may not.
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

/** Machine facts that differ; the operating system's and Node's patch level do not make another machine. */
export function machineDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  return ['cpu', 'cores', 'memory'].flatMap((fact) =>
    difference(fact, baseline.environment[fact], candidate.environment[fact]),
  )
}

function pointDifferences(baseline: Plan, candidate: Plan): string[] {
  return baseline.points.flatMap((point, i) => {
    const other = candidate.points[i]
    if (other === undefined || settingsText(point) === settingsText(other)) return []
    const found = pointSettings.flatMap(({ name, read }) =>
      difference(`point ${point.id}, ${name}`, read(point), read(other)),
    )
    return found.length > 0 ? found : [`point ${point.id}: measure, slo, video or model settings differ`]
  })
}

/** All that makes a point's figures what they are, besides the server itself and how often it was repeated. */
function settingsText({ video, model, batching, load, measure, slo }: Point): string {
  const { source: _source, ...frames } = video
  const { archive: _archive, ...asked } = model
  const { repetitions: _repetitions, ...measured } = measure
  return JSON.stringify([frames, asked, batching, load, measured, slo])
}

function difference<Value extends string | number>(
  what: string,
  baseline: Value | undefined,
  candidate: Value | undefined,
): string[] {
  if (baseline === candidate) return []
  return [`${what}: ${baseline ?? 'unknown'} in the baseline, ${candidate ?? 'unknown'} in the candidate`]
}
