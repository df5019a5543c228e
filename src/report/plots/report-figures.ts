import { isComparable } from '../../analysis/outcome.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { batchByConcurrency, batchByDelay } from './batch-heatmaps.js'
import { batchFormedFigure } from './batch-formed.js'
import { type AbsentFigure, type Figure, withoutEmpty } from './figure.js'
import { fpsByBatchSize } from './fps-by-batch-size.js'
import { frameLatencyByCameras } from './frame-latency-by-cameras.js'
import { goodputFrontier } from './goodput-frontier.js'
import { frameLatencyByBatchSize, requestLatencyByBatchSize } from './latency-by-batch-size.js'
import { latencyBySite, networkBySite } from './latency-by-site.js'
import { latencyDistribution, percentileCurve } from './latency-distribution.js'
import { latencyOverTime, processorOverTime } from './over-time.js'
import { serviceTimeFigure } from './service-time.js'
import { stageTimesFigure } from './stage-times.js'
import { formatPoints } from '../format/findings.js'
import { capitalize } from '../format/format.js'

export interface FigureGroup {
  id: string
  title: string
  /** Points that are in none of its plots. */
  note?: string | undefined
  figures: (Figure | AbsentFigure)[]
}

/** The plots in the order in which questions come up: which mode and batch, how many cameras, and why. */
export function figureGroups(analysis: RunAnalysis): FigureGroup[] {
  return allGroups(analysis)
    .filter(({ figures }) => figures.length > 0)
    .map((group) => ({ ...group, figures: group.figures.map(withoutEmpty) }))
}

function allGroups(analysis: RunAnalysis): FigureGroup[] {
  // What heads no verdict is compared in no plot.
  const compared = { ...analysis, points: analysis.points.filter((one) => isComparable(one)) }
  const failing = analysis.points.filter((one) => !isComparable(one)).map(({ point }) => point.id)
  const note =
    failing.length === 0
      ? undefined
      : `${capitalize(formatPoints(failing))} failed and ${failing.length === 1 ? 'is' : 'are'} not compared in these plots.`
  return [
    {
      id: 'which-batching',
      title: 'Server or client batching, and which batch size?',
      note,
      figures: [
        fpsByBatchSize(compared),
        frameLatencyByBatchSize(compared),
        requestLatencyByBatchSize(compared),
        goodputFrontier(compared),
        batchByConcurrency(compared),
        batchByDelay(compared),
      ],
    },
    {
      id: 'how-many-cameras',
      title: 'How many cameras?',
      note,
      figures: [frameLatencyByCameras(compared), percentileCurve(compared)],
    },
    {
      id: 'which-site',
      title: 'Which site is worse?',
      figures: [latencyBySite(analysis), networkBySite(analysis)].filter((figure) => figure !== undefined),
    },
    {
      id: 'where-time-goes',
      title: 'Where does the time go?',
      figures: [
        stageTimesFigure(analysis),
        serviceTimeFigure(analysis),
        batchFormedFigure(analysis),
        latencyOverTime(analysis),
        processorOverTime(analysis),
        latencyDistribution(analysis),
      ],
    },
  ]
}
