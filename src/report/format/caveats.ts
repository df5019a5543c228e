import type { Caveat } from '../../analysis/caveats.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { allPoints, type BatchingMode } from '../../scenario/plan/plan.js'
import { formatLeftOutReason } from '../left-out.js'
import { namePoints } from './name-points.js'
import { plural } from '../../system/plural.js'
import { capitalize, formatList, formatPercent } from './format.js'

/** The limitations of the answer. */
export function formatCaveat(
  caveat: Caveat,
  { verdict: { ceiling, latency }, plan }: Pick<RunAnalysis, 'verdict' | 'plan'>,
): string {
  const name = (ids: readonly number[]) => namePoints(ids, allPoints(plan))
  switch (caveat.name) {
    case 'incomplete':
      return `The run is incomplete: ${caveat.measured} of ${caveat.planned} measurements.`
    case 'agents-lost': {
      const { sites, measurements } = caveat
      const were = sites.length === 1 ? `Agent ${sites.join('')} was` : `Agents ${formatList(sites)} were`
      const which = measurements === 1 ? 'which is INVALID. Measure it' : 'which are INVALID. Measure them'
      return `${were} lost in ${plural(measurements, 'measurement')}, ${which} again with \`framestorm bench --resume\`.`
    }
    case 'left-out': {
      const { remedy } = caveat.reason
      const was = caveat.points.length === 1 ? 'was' : 'were'
      const what = formatLeftOutReason(caveat.reason)
      const when = caveat.partly ? ' after some of the repetitions' : ''
      return [`${capitalize(name(caveat.points))} ${was} left out${when}: ${what}.`, remedy]
        .filter(Boolean)
        .join(' ')
    }
    case 'invalid-points':
      return `The verdict rests on INVALID measurements: ${name(caveat.points)}. See their findings.`
    case 'other-invalid-points': {
      const are = caveat.points.length === 1 ? 'is' : 'are'
      return `${capitalize(name(caveat.points))} ${are} INVALID, so other points may look better or worse beside them than they are. See their findings.`
    }
    case 'too-few-requests': {
      const are = caveat.points.length === 1 ? 'is' : 'are'
      return `${capitalize(name(caveat.points))} ${are} not compared, because too few requests were answered. Raise measure.durationS.`
    }
    case 'lateness-decides':
      return (
        `The verdict is INVALID, because the lateness of the load generator decides the comparison of frame latency: ` +
        `${formatWinner(caveat.measured)} as measured, ${formatWinner(caveat.without)} without it. ` +
        'Close other programs, or run the server on another machine, and measure again.'
      )
    case 'several-servers':
      return `Servers are not compared with each other: the verdict is about ${caveat.server} only.`
    case 'single-repetition':
      return [ceiling, latency].some((one) => one?.modes.some(({ repetitions }) => repetitions > 1))
        ? 'Some figures rest on only one repetition: they have no range, and differences under 5 % are not reported as significant.'
        : 'Only one repetition: differences under 5 % are not reported as significant, and no range is available.'
    case 'few-repetitions':
      return `Ranges are the smallest and largest of ${caveat.repetitions} repetitions, not confidence intervals.`
    case 'failing-points': {
      const share = formatPercent(caveat.framesFailed / caveat.framesScheduled)
      const are = caveat.points.length === 1 ? 'is' : 'are'
      return `${capitalize(name(caveat.points))} ${are} not compared, because ${share} of the frames failed. See failures.csv.`
    }
    case 'one-mode':
      if ([ceiling, latency].every((one) => one?.modes.every(({ batchSize }) => batchSize === 1) ?? true))
        return 'At batch size 1 the modes do not differ. Measure both modes with larger batches to compare them.'
      return 'Only one batching mode was measured. Run both modes to compare them.'
    case 'closed-load-only':
      return 'Closed load only: it shows which mode has the higher ceiling, not which has the lower frame latency.'
    case 'camera-load-only':
      return 'Camera load only: it shows the frame latency at these loads, not which mode has the higher ceiling.'
  }
}

function formatWinner(mode: BatchingMode | undefined): string {
  return mode === undefined ? 'no significant difference' : `${mode} batching wins`
}
