import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { batchByConcurrency } from '../plots/batch-by-concurrency.js'
import { batchByDelay } from '../plots/batch-by-delay.js'
import { batchFormedFigure } from '../plots/batch-formed-figure.js'
import { withoutEmpty } from '../plots/empty-figure.js'
import type { AbsentFigure, Figure } from '../plots/figure.js'
import { fpsByBatchSize } from '../plots/fps-by-batch-size.js'
import { frameLatencyByCameras } from '../plots/frame-latency-by-cameras.js'
import { goodputFrontier } from '../plots/goodput-frontier.js'
import { frameLatencyByBatchSize, requestLatencyByBatchSize } from '../plots/latency-by-batch-size.js'
import { latencyDistribution, percentileCurve } from '../plots/latency-distribution.js'
import { latencyOverTime } from '../plots/latency-over-time.js'
import { processorOverTime } from '../plots/processor-over-time.js'
import { serviceTimeFigure } from '../plots/service-time-figure.js'
import { stageTimesFigure } from '../plots/stage-times-figure.js'

export interface FigureGroup {
  id: string
  title: string
  figures: (Figure | AbsentFigure)[]
}

/** The plots in the order in which questions come up: which mode and batch, how many cameras, and why. */
export function figureGroups(analysis: RunAnalysis): FigureGroup[] {
  return allGroups(analysis).map((group) => ({ ...group, figures: group.figures.map(withoutEmpty) }))
}

function allGroups(analysis: RunAnalysis): FigureGroup[] {
  return [
    {
      id: 'which-batching',
      title: 'Server or client batching, and which batch size?',
      figures: [
        fpsByBatchSize(analysis),
        frameLatencyByBatchSize(analysis),
        requestLatencyByBatchSize(analysis),
        goodputFrontier(analysis),
        batchByConcurrency(analysis),
        batchByDelay(analysis),
      ],
    },
    {
      id: 'how-many-cameras',
      title: 'How many cameras?',
      figures: [frameLatencyByCameras(analysis), percentileCurve(analysis)],
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
