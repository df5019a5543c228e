import { percentileNames } from '../scenario/grammar/metric.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { distinct, serverLabel, type RunAnalysis } from '../analysis/analyse-run.js'
import type { PlannedPoint } from '../scenario/plan/plan.js'
import {
  formatProtocol,
  formatBatchingShort,
  formatFps,
  formatLoadShort,
  formatMs,
  formatPercent,
  formatSpread,
} from './format/format.js'
import type { ItemColumn } from './table/table.js'

export type ResultColumn = ItemColumn<PointSummary>
/** A column that a point without figures has, too. */
export type SettingColumn = ItemColumn<Pick<PlannedRow, 'point'>>

export interface PlannedRow {
  point: PlannedPoint
  reason: string
}

/** A confirming run is marked in its number, because the narrow table has no room elsewhere. */
export function formatId({ id, purpose }: PlannedPoint): string {
  return purpose === 'confirming' ? `${id}*` : String(id)
}

/** Which server each point was measured on, if the run has several. */
export function serverColumns({ subjects }: Pick<RunAnalysis, 'subjects'>): ResultColumn[] {
  if (distinct(subjects.map(({ server }) => server?.label)).length < 2) return []
  return [
    {
      header: 'server',
      meaning: 'the server that the point was measured on',
      align: 'left',
      cell: (point) => serverLabel([point]),
    },
  ]
}

/** `server`, `client b64`, `none` */
export function modeCell({ point: { batching } }: Pick<PlannedRow, 'point'>): string {
  const short = { raw: '', base64: ' b64', multipart: ' mp' }
  const protocol = batching.protocol === undefined ? '' : ` ${formatProtocol(batching.protocol)}`
  return `${batching.batchSize === 1 ? 'none' : batching.mode}${short[batching.encoding]}${protocol}`
}

export const settingColumns: SettingColumn[] = [
  { header: 'point', meaning: 'as in points.csv', align: 'right', cell: ({ point }) => formatId(point) },
  {
    header: 'batching',
    meaning: 'which side joins frames into a batch, and how many; protocol, encoding and maxBatchDelay',
    align: 'left',
    cell: ({ point }) => ({
      text: formatBatchingShort(point),
      look: `mode-${point.batching.batchSize === 1 ? 'none' : point.batching.mode}`,
    }),
  },
  {
    header: 'load',
    meaning: 'frames in flight, or cameras × frames per second of each',
    align: 'left',
    cell: ({ point }) => formatLoadShort(point.load),
  },
]

/** Beside FPS: a short window may answer more frames than it captures. */
export const offeredColumn: ResultColumn = {
  header: 'offered',
  meaning: 'frames captured per second, all cameras together',
  align: 'right',
  cell: ({ offeredFps }) => formatFps(offeredFps),
}

export const rateColumns: ResultColumn[] = [
  offeredColumn,
  {
    header: 'FPS',
    meaning: 'frames answered per second: median and range of the repetitions',
    align: 'right',
    cell: ({ fps }) => formatSpread(fps),
  },
  {
    header: 'goodput',
    meaning: 'frames answered correctly within the SLO per second: median of the repetitions',
    align: 'right',
    cell: ({ goodputFps }) => formatFps(goodputFps?.median),
  },
]

/** Request latency under closed load, frame latency under camera load. */
export function latencyColumns(kind: 'closed' | 'cameras'): ResultColumn[] {
  return percentileNames.map((name) => ({
    header: name,
    meaning: `${kind === 'closed' ? 'request' : 'frame'} latency ${name}, ms`,
    align: 'right',
    cell: ({ requestLatency, frameLatency }) =>
      formatMs((kind === 'closed' ? requestLatency : frameLatency)?.[name]?.value),
  }))
}

export const judgementColumns: ResultColumn[] = [
  {
    header: 'in SLO',
    meaning: 'share of the scheduled frames that were answered correctly within the SLO',
    align: 'right',
    cell: ({ sloAttainment }) => formatPercent(sloAttainment?.median),
  },
  {
    header: 'formed',
    meaning: 'mean frames in the batches that the server ran',
    align: 'right',
    cell: ({ batchFormedMean }) => batchFormedMean?.median.toFixed(1) ?? '',
  },
  {
    header: 'outcome',
    meaning: 'result of the server',
    align: 'left',
    cell: ({ outcome }) => ({ text: outcome ?? '', look: outcome === 'within-slo' ? 'good' : 'bad' }),
  },
  {
    header: 'validity',
    meaning: 'whether the measurement can be trusted',
    align: 'left',
    cell: ({ validity }) => ({ text: validity, look: validity === 'VALID' ? 'good' : 'bad' }),
  },
  {
    header: 'N',
    meaning: 'requests behind the percentiles, all repetitions pooled',
    align: 'right',
    cell: ({ requestLatency }) => String(requestLatency.samples),
  },
]
