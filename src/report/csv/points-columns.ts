import type { OutcomeName } from '../../run/record.js'
import { readMetric } from '../../analysis/metrics.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import { metricNames, metrics, type Metric, type MetricName } from '../../scenario/grammar/metric.js'
import { pointSettings, readSetting, type PointSettingName } from '../../scenario/plan/point-settings.js'
import { formatBatchSizes } from '../format/format.js'
import { createCsv, type Column } from './csv-file.js'
import { isSentAs } from '../../frames/payload/measure-encoding-cost.js'
import type { Point } from '../../scenario/plan/plan.js'
import { serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'

/** One row of points.csv: one measurement with its settings. */
interface PointRow {
  point: Point
  measurement: MeasurementSummary
  server: string
  /** Median µs of client CPU for one frame in this encoding, and its bytes on the wire. */
  encodeUs?: number | undefined
  frameBytesMean?: number | undefined
}

const repetition = measured(
  'repetition',
  'Number of the measurement of this point, from 1.',
  (measurement) => measurement.repetition,
)
const server: Column<PointRow> = {
  name: 'server',
  meaning: 'The server measured; `embedded (simulated)` is not a real TorchServe.',
  cell: (row) => row.server,
}

/** points.csv: one row per point and repetition, and per agent. Names stay; new columns come at the end of a group. */
export const pointsColumns: Column<PointRow>[] = [
  ...pointSettings.flatMap(({ name }) => {
    if (name === 'point') return [setting(name), repetition]
    return name === 'model' ? [server, setting(name)] : [setting(name)]
  }),
  {
    name: 'purpose',
    meaning:
      '`confirming`: measured after the plan, to confirm the recommended setting; empty if the scenario asks for it.',
    cell: ({ point }) => point.purpose,
  },
  measured(
    'site',
    'With agents: the agent whose part of the measurement this is. Empty in the row of the whole measurement.',
    ({ agent }) => agent?.site,
  ),
  measured('startedAt', 'When the measurement began (ISO 8601).', ({ startedAt }) => startedAt),
  measured('complete', '`yes`, or `no` if the measurement was interrupted.', ({ complete }) =>
    complete ? 'yes' : 'no',
  ),
  measured('durationS', 'Time over which frames were counted.', ({ durationS }) => rounded(durationS, 6)),
  measured(
    'framesScheduled',
    'Frames of the measured phase; the sum of the seven columns that follow.',
    ({ counts }) => counts.scheduled,
  ),
  frames('framesOk', 'ok', 'answered correctly'),
  frames('framesHttpError', 'http-error', 'answered with an HTTP error'),
  frames('framesTimeout', 'timeout', 'not answered within the client deadline'),
  frames('framesConnectionError', 'connection-error', 'lost because the connection failed'),
  frames(
    'framesBadResponse',
    'bad-response',
    'whose response could not be parsed or had the wrong number of results',
  ),
  frames('framesAborted', 'aborted', 'still open when the measurement was interrupted'),
  frames('framesDropped', 'dropped', 'dropped by the queue policy of the client'),
  metric('fps'),
  metric('goodputFps'),
  measured('offeredFps', 'Camera load: frames captured per second.', ({ offeredFps }) => rounded(offeredFps)),
  metric('sloAttainment'),
  ...metricNames.filter((name) => 'latency' in metrics[name].from).flatMap(percentile),
  measured(
    'latencySamples',
    'Requests behind the percentiles.',
    ({ requestLatency }) => requestLatency.samples,
  ),
  measured('fillWaitP50Ms', 'Camera load: due − captured, median.', ({ fillWaitP50Ms }) => fillWaitP50Ms),
  measured(
    'fillWaitP99Ms',
    'Camera load: due − captured, 99th percentile.',
    ({ fillWaitP99Ms }) => fillWaitP99Ms,
  ),
  metric('sendLagP50Ms'),
  metric('sendLagP99Ms'),
  measured(
    'generatorLagP99Ms',
    'The part of sendLagP99Ms that the load generator itself causes: waits for answers and connections do not count.',
    ({ generatorLagP99Ms }) => generatorLagP99Ms,
  ),
  metric('batchFormedMean'),
  measured(
    'batchesFormed',
    'Batches that the server ran in the measured phase; empty if unknown.',
    ({ batchSizes }) => batchSizes?.batches,
  ),
  measured(
    'batchSizesFormed',
    'Number of batches of each size, as `frames:batches`, separated by spaces.',
    ({ batchSizes }) => batchSizes && formatBatchSizes(batchSizes),
  ),
  measured('fullBatchShare', 'Share of the batches that were full.', ({ batchSizes }) =>
    rounded(batchSizes?.fullShare, 4),
  ),
  measured(
    'delayBatchShare',
    'Share of the batches that were dispatched because maxBatchDelay had passed.',
    ({ batchSizes }) => rounded(batchSizes?.delayShare, 4),
  ),
  measured(
    'serverRequests',
    'Requests of all clients that the server’s metrics counted over the whole load, warm-up included; empty if they could not be read.',
    ({ serverCounts }) => serverCounts?.requests,
  ),
  measured(
    'serverLatencyMeanMs',
    'From the same metrics: mean time from the last byte of a request to its answer, of successful requests; empty if it is uncertain which were counted.',
    ({ serverCounts }) => rounded(serverCounts?.inferenceMeanMs),
  ),
  measured(
    'serverQueueMeanMs',
    'From the same metrics: mean time in the queue, batch wait included.',
    ({ serverCounts }) => rounded(serverCounts?.queueMeanMs),
  ),
  measured(
    'networkMeanMs',
    'With agents: mean request latency less the mean time at the server, each a duration on one clock. The server’s own sending and receiving is in it. Empty if unknown.',
    ({ network }) => rounded(network?.networkMeanMs),
  ),
  measured(
    'networkBasis',
    'Where the time at the server is from: `log`: of these requests, from the queue to the end of the handler; `counters`: serverLatencyMeanMs, over the requests of all sites.',
    ({ network }) => network?.basis,
  ),
  measured('bodyBytesMean', 'Mean bytes of a request body.', ({ bodyBytesMean }) =>
    rounded(bodyBytesMean, 0),
  ),
  {
    name: 'encodeUs',
    meaning: 'Client CPU time to encode one frame, median; spent before the clock starts.',
    cell: ({ encodeUs }) => rounded(encodeUs),
  },
  {
    name: 'frameBytesMean',
    meaning: 'Mean bytes of one frame as sent.',
    cell: ({ frameBytesMean }) => rounded(frameBytesMean, 0),
  },
  measured('loadCpuShare', 'CPU of the load threads, as a share of one core.', ({ loadCpuShare }) =>
    rounded(loadCpuShare),
  ),
  measured(
    'machineCpuShare',
    'CPU of the whole machine in the window, as a share of all cores.',
    ({ observations }) => rounded(observations.machineCpuShare),
  ),
  measured('serverCpuCores', 'CPU of the server’s processes in the window, in cores.', ({ observations }) =>
    rounded(observations.serverCpuCores),
  ),
  measured(
    'backlogGrowthPerS',
    'Camera load: growth of the backlog (frames captured and not yet served), frames per second.',
    ({ backlogGrowthPerS }) => rounded(backlogGrowthPerS),
  ),
  measured(
    'crossCheckFps',
    'FPS that autocannon, or grpc-js over gRPC, measured with the same settings.',
    ({ crossCheckFps }) => rounded(crossCheckFps),
  ),
  measured(
    'startSkewMs',
    'Row of a site: when the slowest load thread of the agent began, less the agreed instant.',
    ({ agent }) => rounded(agent?.startSkewMs),
  ),
  measured(
    'clockOffsetMs',
    'Row of a site: the agent’s monotonic clock less that of the coordinator.',
    ({ agent }) => rounded(agent?.clockOffsetMs),
  ),
  measured('clockErrorMs', 'Row of a site: the largest error of clockOffsetMs.', ({ agent }) =>
    rounded(agent?.clockErrorMs),
  ),
  measured(
    'outcome',
    'About the server: `failing`; under camera load also `overloaded`, `over-slo` or `within-slo`. Empty: none of them.',
    ({ outcome }) => outcome,
  ),
  measured('validity', 'About the measurement: `VALID` or `INVALID`.', ({ validity }) => validity),
  measured('findings', 'Names of the checks that failed; docs/words.md describes them.', ({ findings }) =>
    // Several agents may have the same one.
    [...new Set(findings.map(({ name }) => name))].join(' '),
  ),
]

function setting(name: PointSettingName): Column<PointRow> {
  const { meaning } = pointSettings.find((one) => one.name === name)!
  return { name, meaning, cell: ({ point }) => readSetting(point, name) }
}

function metric(name: MetricName): Column<PointRow> {
  const { meaning, unit }: Metric = metrics[name]
  return measured(name, meaning, (row) => rounded(readMetric(name, row), unit === 'share' ? 6 : 3))
}

/** A percentile and the ends of its interval. */
function percentile(name: MetricName): Column<PointRow>[] {
  const { from }: Metric = metrics[name]
  const end = (which: 'low' | 'high') => (row: MeasurementSummary) =>
    'latency' in from ? row[from.latency]?.[from.percentile]?.[which] : undefined
  return [
    metric(name),
    measured(name.replace(/Ms$/, 'LowMs'), `Lower end of the 95 % interval of ${name}.`, end('low')),
    measured(name.replace(/Ms$/, 'HighMs'), `Upper end of the 95 % interval of ${name}.`, end('high')),
  ]
}

function measured(name: string, meaning: string, cell: Column<MeasurementSummary>['cell']): Column<PointRow> {
  return { name, meaning, cell: ({ measurement }) => cell(measurement) }
}

function frames(name: string, outcome: OutcomeName, meaning: string): Column<PointRow> {
  return measured(name, `Frames ${meaning}.`, ({ counts }) => counts.byOutcome[outcome])
}

function rounded(value: number | undefined, digits = 3): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits))
}

/** points.csv: one row per point and repetition, and with agents one for each of them behind it. */
export async function writePointsCsv(file: string, analysis: RunAnalysis): Promise<void> {
  const csv = createCsv(file, pointsColumns)
  for (const row of pointRows(analysis)) await csv.write(row)
  await csv.end()
}

export function pointRows(analysis: RunAnalysis): PointRow[] {
  const { plan, confirming } = analysis
  const planned = [...plan.points, ...confirming.map(({ summary }) => summary.point)]
  const points = new Map(planned.map((point) => [point.id, point]))
  const measurements = [
    ...analysis.measurements,
    ...confirming.flatMap((confirmingRun) => confirmingRun.measurements),
  ]
  return measurements.flatMap((whole) => {
    const point = points.get(whole.point)!
    const cost = analysis.encodingCosts.find((one) => isSentAs(one, point.batching))
    return [whole, ...(whole.sites ?? [])].map((measurement) => ({
      point,
      measurement,
      server: serverLabel([whole]),
      encodeUs: cost?.encodeUs,
      frameBytesMean: cost?.bytesMean,
    }))
  })
}
