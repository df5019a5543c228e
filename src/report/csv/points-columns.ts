import type { OutcomeName } from '../../run/record.js'
import type { CameraLoad, ClosedLoad } from '../../scenario/schema/settings.js'
import { bySizeInWords } from '../../analysis/batch-sizes.js'
import type { LatencySummary, ReportedPercentile } from '../../analysis/latency-summary.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { Cell, Column } from './csv-file.js'
import type { PointRow } from './points-csv.js'

/** points.csv: one row a point and repetition. Names that exist stay; new ones are added at the end of a group. */
export const pointsColumns: Column<PointRow>[] = [
  setting('point', 'Number of the point, from 1, in scenario order.', ({ id }) => id),
  measured('repetition', 'Which fresh measurement of the point, from 1.', ({ repetition }) => repetition),
  setting(
    'mode',
    '`server` (framesPerRequest 1), `client` (serverBatchSize 1) or `hybrid`; at batchSize 1 both modes are the same.',
    ({ batching }) => batching.mode,
  ),
  setting(
    'batchSize',
    'framesPerRequest × serverBatchSize: the frames that one inference is asked to hold.',
    ({ batching }) => batching.batchSize,
  ),
  setting(
    'framesPerRequest',
    'Frames that travel in one request.',
    ({ batching }) => batching.framesPerRequest,
  ),
  setting(
    'serverBatchSize',
    'Requests that TorchServe joins into one batch.',
    ({ batching }) => batching.serverBatchSize,
  ),
  setting(
    'maxBatchDelayMs',
    'How long TorchServe waits for a batch to fill; empty where serverBatchSize is 1.',
    ({ batching }) => batching.maxBatchDelayMs,
  ),
  setting(
    'encoding',
    'How frames travel: `raw`, `base64` or `multipart`.',
    ({ batching }) => batching.encoding,
  ),
  setting('load', '`closed` or `cameras`.', ({ load }) => load.kind),
  closed('framesInFlight', 'Closed load: frames kept in flight.', (load) => load.framesInFlight),
  cameras('cameras', 'Camera load: number of cameras.', (load) => load.cameras),
  cameras('cameraFps', 'Camera load: frames a second of each camera.', (load) => load.fps),
  cameras('phases', 'Camera load: `random`, `aligned` or `poisson`.', (load) => load.phases),
  {
    name: 'server',
    meaning: 'What was measured; `embedded (simulated)` is no TorchServe.',
    cell: ({ server }) => server,
  },
  setting('model', 'Name of the model.', ({ model }) => model.name),
  measured('startedAt', 'When the measurement began (ISO 8601).', ({ startedAt }) => startedAt),
  measured('complete', '`yes`, or `no` where it was interrupted.', ({ complete }) =>
    complete ? 'yes' : 'no',
  ),
  measured('durationS', 'Time over which frames were counted, s.', ({ durationS }) => rounded(durationS, 6)),
  measured(
    'framesScheduled',
    'Frames of the measured phase; the sum of the seven columns that follow.',
    ({ counts }) => counts.scheduled,
  ),
  frames('framesOk', 'ok', 'answered well'),
  frames('framesHttpError', 'http-error', 'answered with an HTTP error'),
  frames('framesTimeout', 'timeout', 'not answered within the client deadline'),
  frames('framesConnectionError', 'connection-error', 'lost with their connection'),
  frames('framesBadResponse', 'bad-response', 'answered with something that is no answer to them'),
  frames('framesAborted', 'aborted', 'still open when the measurement was interrupted'),
  frames('framesDropped', 'dropped', 'dropped at the client by its queue policy'),
  measured('fps', 'Frames answered well ÷ durationS.', ({ fps }) => rounded(fps)),
  measured(
    'goodputFps',
    'As fps, of the frames answered correctly within the SLO (frame latency; closed load: request latency).',
    ({ goodputFps }) => rounded(goodputFps),
  ),
  measured('offeredFps', 'Camera load: frames captured a second.', ({ offeredFps }) => rounded(offeredFps)),
  measured(
    'sloAttainment',
    'Camera load: share of the frames scheduled that were answered correctly within the SLO.',
    ({ sloAttainment }) => rounded(sloAttainment, 6),
  ),
  ...percentiles('requestLatency', 'Request latency (answered − sent)', (row) => row.requestLatency, [
    'p50',
    'p95',
    'p99',
  ]),
  ...percentiles(
    'frameLatency',
    'Camera load: frame latency (answered − captured)',
    (row) => row.frameLatency,
    ['p50', 'p95', 'p99'],
  ),
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
  measured('sendLagP50Ms', 'sent − due, median.', ({ sendLagP50Ms }) => sendLagP50Ms),
  measured('sendLagP99Ms', 'sent − due, 99th percentile.', ({ sendLagP99Ms }) => sendLagP99Ms),
  measured(
    'generatorLagP99Ms',
    'As sendLagP99Ms without the wait for an answer that makes room: the lateness of the generator itself.',
    ({ generatorLagP99Ms }) => generatorLagP99Ms,
  ),
  measured(
    'batchFormedMean',
    'Mean frames in the batches that the server really ran; empty where it does not tell.',
    ({ batchFormedMean }) => rounded(batchFormedMean),
  ),
  measured(
    'batchesFormed',
    'Batches that the server ran in the measured phase; empty where it does not tell.',
    ({ batchSizes }) => batchSizes?.batches,
  ),
  measured(
    'batchSizesFormed',
    'How many of them held how many frames, as `frames:batches`, separated by spaces.',
    ({ batchSizes }) => batchSizes && bySizeInWords(batchSizes),
  ),
  measured('fullBatchShare', 'Share of them that held all the requests asked for.', ({ batchSizes }) =>
    rounded(batchSizes?.fullShare, 4),
  ),
  measured('delayBatchShare', 'Share of them that left because maxBatchDelay had passed.', ({ batchSizes }) =>
    rounded(batchSizes?.delayShare, 4),
  ),
  measured(
    'serverRequests',
    'Requests that the server’s metrics counted over the whole load, warm-up included, of any client; empty where they could not be read.',
    ({ serverCounts }) => serverCounts?.requests,
  ),
  measured(
    'serverLatencyMeanMs',
    'By the same metrics: from the last byte of a request to its answer, mean of the successful ones; empty where it is not certain which were counted.',
    ({ serverCounts }) => rounded(serverCounts?.inferenceMeanMs),
  ),
  measured(
    'serverQueueMeanMs',
    'By the same metrics: in the queue, batch wait included, mean.',
    ({ serverCounts }) => rounded(serverCounts?.queueMeanMs),
  ),
  measured('bodyBytesMean', 'Mean bytes of a request body.', ({ bodyBytesMean }) =>
    rounded(bodyBytesMean, 0),
  ),
  {
    name: 'encodeUs',
    meaning: 'Client CPU for preparing one frame in this encoding, µs, median; done before the clock starts.',
    cell: ({ encodeUs }) => rounded(encodeUs),
  },
  {
    name: 'frameBytesMean',
    meaning: 'Mean bytes of one frame as it travels.',
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
    'Camera load: growth of frames captured and not yet served, frames a second.',
    ({ backlogGrowthPerS }) => rounded(backlogGrowthPerS),
  ),
  measured('crossCheckFps', 'FPS that autocannon found on the same settings.', ({ crossCheckFps }) =>
    rounded(crossCheckFps),
  ),
  measured(
    'outcome',
    'Camera load, of the server: `within-slo`, `over-slo` or `overloaded`.',
    ({ outcome }) => outcome,
  ),
  measured('validity', 'Of the measurement: `VALID` or `INVALID`.', ({ validity }) => validity),
  measured('findings', 'Names of what was found amiss; docs/words.md describes each.', ({ findings }) =>
    findings.map(({ name }) => name).join(' '),
  ),
]

function setting(name: string, meaning: string, cell: (point: PointRow['point']) => Cell): Column<PointRow> {
  return { name, meaning, cell: ({ point }) => cell(point) }
}

function closed(name: string, meaning: string, cell: (load: ClosedLoad) => Cell): Column<PointRow> {
  return setting(name, meaning, ({ load }) => (load.kind === 'closed' ? cell(load) : undefined))
}

function cameras(name: string, meaning: string, cell: (load: CameraLoad) => Cell): Column<PointRow> {
  return setting(name, meaning, ({ load }) => (load.kind === 'cameras' ? cell(load) : undefined))
}

function measured(name: string, meaning: string, cell: (row: MeasurementSummary) => Cell): Column<PointRow> {
  return { name, meaning, cell: ({ measurement }) => cell(measurement) }
}

function frames(name: string, outcome: OutcomeName, meaning: string): Column<PointRow> {
  return measured(name, `Frames ${meaning}.`, ({ counts }) => counts.byOutcome[outcome])
}

function percentiles(
  name: string,
  meaning: string,
  summaryOf: (row: MeasurementSummary) => LatencySummary | undefined,
  names: ReportedPercentile[],
): Column<PointRow>[] {
  return names.flatMap((percentile) => {
    const column = name + percentile.toUpperCase()
    const rank = percentile.slice(1)
    const at = (row: MeasurementSummary) => summaryOf(row)?.[percentile]
    return [
      measured(
        `${column}Ms`,
        `${meaning}, ${rank}th percentile; empty where samples are too few.`,
        (row) => at(row)?.value,
      ),
      measured(`${column}LowMs`, `Lower end of the 95 % interval of ${column}Ms.`, (row) => at(row)?.low),
      measured(`${column}HighMs`, `Upper end of the 95 % interval of ${column}Ms.`, (row) => at(row)?.high),
    ]
  })
}

function rounded(value: number | undefined, digits = 3): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits))
}
