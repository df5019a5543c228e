import stableStringify from 'safe-stable-stringify'
import type { Subject } from '../../run/manifest.js'
import type { AnswerShape, Point } from '../../scenario/plan/plan.js'
import { pointSettings } from '../../scenario/plan/point-settings.js'
import { distinct, type RunAnalysis } from '../../analysis/analyse-run.js'

/**
 * Why two runs cannot be compared, one line per difference; empty if they can. The server's address and handler may
 * differ, because a change of the server is what a gate is for. Its kind may not.
 */
export function runDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  const facts: [string, (run: RunAnalysis) => string | undefined][] = [
    ['server kind', each(({ server }) => server?.kind)],
    ['model', each(({ model }) => model?.name)],
    ['weights', each(({ model }) => model?.weights)],
    ['clip', each(({ video }) => video && `${video.frames} frames, ${video.hash.slice(0, 12)}`)],
    ['number of points', ({ plan }) => String(plan.points.length)],
  ]
  const differing = facts.flatMap(([what, of]) => difference(what, of(baseline), of(candidate)))
  return [...differing, ...pointDifferences(baseline, candidate)]
}

/** A fact of what the measurements were made on; several values if the run has several. */
function each(fact: (subject: Subject) => string | undefined): (run: RunAnalysis) => string | undefined {
  return ({ subjects }) => distinct(subjects.map(fact)).join(' and ') || undefined
}

/** Machine facts that differ. Other versions of the operating system or Node do not make another machine. */
export function machineDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  return ['cpu', 'cores', 'memory'].flatMap((fact) =>
    difference(fact, baseline.environment[fact], candidate.environment[fact]),
  )
}

function pointDifferences(baseline: RunAnalysis, candidate: RunAnalysis): string[] {
  const kindOf = (run: RunAnalysis, { id }: Point) =>
    run.points.find(({ point }) => point.id === id)?.server?.kind
  return baseline.plan.points.flatMap((point, i) => {
    const other = candidate.plan.points[i]
    if (other === undefined) return []
    if (settingsKey(point, baseline) === settingsKey(other, candidate)) {
      // The kinds of the runs were compared as a whole: with several, each point has to have the same one.
      if (distinct(baseline.subjects.map(({ server }) => server?.kind)).length < 2) return []
      const [one, two] = [kindOf(baseline, point), kindOf(candidate, other)]
      // A point that one side left out has no server there.
      return one === undefined || two === undefined
        ? []
        : difference(`point ${point.id}, server kind`, one, two)
    }
    const found = pointSettings.flatMap(({ name, read }) =>
      difference(`point ${point.id}, ${name}`, read(point), read(other)),
    )
    return found.length > 0 ? found : [`point ${point.id}: measure, slo, video or model settings differ`]
  })
}

/** The settings that a point's figures depend on, without the server itself and the number of repetitions. */
function settingsKey({ video, model, batching, load, measure, slo }: Point, run: RunAnalysis): string {
  const { source: _source, ...frames } = video
  const { archive: _archive, ...asked } = model
  const { repetitions: _repetitions, ...measured } = measure
  const answer = asked.answer === 'auto' ? learnedAnswer(batching, run) : asked.answer
  return stableStringify([frames, { ...asked, answer }, batching, load, measured, slo])
}

/**
 * How answers were read that were learned. Before that existed, a list of results was the default, and it makes no
 * difference for requests of one frame.
 */
function learnedAnswer({ framesPerRequest }: Point['batching'], { subjects }: RunAnalysis): AnswerShape {
  const byDefault: AnswerShape = { list: '' }
  if (framesPerRequest === 1) return byDefault
  return (
    subjects.map(({ answerReference }) => answerReference?.shape).find((shape) => shape !== undefined) ??
    byDefault
  )
}

function difference<Value extends string | number>(
  what: string,
  baseline: Value | undefined,
  candidate: Value | undefined,
): string[] {
  if (baseline === candidate) return []
  return [`${what}: ${baseline ?? 'unknown'} in the baseline, ${candidate ?? 'unknown'} in the candidate`]
}
