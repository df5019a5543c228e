import type { Plan, Point } from '../../scenario/plan/plan.js'
import type { GatedRun } from '../../analysis/gated-run.js'
import { labelOf } from '../../analysis/figures-of-run.js'

/** What two runs must have in common, or be told apart by. */
export type ComparedRun = Pick<
  GatedRun,
  'run' | 'scenario' | 'environment' | 'server' | 'model' | 'video' | 'plan'
>

/**
 * Why two runs cannot be compared, as `what: baseline against candidate`; empty where they can. The server's address
 * and handler may differ, because a change of the server is what a gate is for; its kind may not.
 */
export function runDifferences(baseline: ComparedRun, candidate: ComparedRun): string[] {
  const facts: [string, (run: ComparedRun) => string | undefined][] = [
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
export function machineDifferences(baseline: ComparedRun, candidate: ComparedRun): string[] {
  return ['cpu', 'cores', 'memory'].flatMap((fact) =>
    difference(fact, baseline.environment[fact], candidate.environment[fact]),
  )
}

function pointDifferences(baseline: Plan, candidate: Plan): string[] {
  return baseline.points.flatMap((point, i) => {
    const other = candidate.points[i]
    if (other === undefined || settingsText(point) === settingsText(other)) return []
    const found = difference(`point ${point.id}`, labelOf(point), labelOf(other))
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

function difference(what: string, baseline: string | undefined, candidate: string | undefined): string[] {
  if (baseline === candidate) return []
  return [`${what}: ${baseline ?? 'unknown'} in the baseline, ${candidate ?? 'unknown'} in the candidate`]
}
