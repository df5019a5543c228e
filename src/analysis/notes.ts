import type { Point } from '../scenario/plan/plan.js'
import type { Finding } from './finding.js'
import type { FrameCounts } from './frame-counts.js'
import { errorRate } from './frame-counts.js'
import type { MeasurementObservations } from '../run/measurement-observations.js'
import type { Stability } from './stability.js'

export interface NoteEvidence {
  point: Point
  counts: FrameCounts
  stability?: Stability
  batchFormedMean?: number
  /** Answered requests that stand in no batch of the server's log. */
  answeredWithoutBatch?: number
  recorded: string[]
  observations?: MeasurementObservations
  /** Requests that the server counted and we did not send. */
  fromOthers?: number
}

/** Worth knowing, and no reason to disbelieve the figures. */
export function notesOf(evidence: NoteEvidence): Finding[] {
  return [
    ...evidence.recorded.map((text) => note('recorded', text, '', '')),
    errors(evidence),
    unstable(evidence),
    smallBatches(evidence),
    withoutBatch(evidence),
    otherClients(evidence),
    workersRestarted(evidence),
    stolen(evidence),
    machineShared(evidence),
  ].filter((finding) => finding !== undefined)
}

function note(name: string, symptom: string, cause: string, remedy: string): Finding {
  return { severity: 'note', name, symptom, cause, remedy }
}

function errors({ counts }: NoteEvidence): Finding | undefined {
  const rate = errorRate(counts)
  if (rate === undefined || rate === 0) return undefined
  const parts = Object.entries(counts.byOutcome)
    .filter(([outcome, frames]) => outcome !== 'ok' && frames > 0)
    .map(([outcome, frames]) => `${frames} ${outcome}`)
  return note(
    'errors',
    `${counts.scheduled - counts.byOutcome.ok} of ${counts.scheduled} frames got no good answer: ${parts.join(', ')}.`,
    'The server refused or failed them, or they came too late for the client deadline.',
    "Look at the status column of requests.csv and into the server's log.",
  )
}

function unstable({ stability }: NoteEvidence): Finding | undefined {
  if (stability === undefined || stability.stable) return undefined
  return note(
    'unstable-window',
    `FPS moved within the window: ${stability.fps.map((fps) => fps.toFixed(1)).join(', ')} in its thirds.`,
    'Warm-up was not over, or something else used the machine.',
    'Raise measure.warmupMaxS or measure.durationS.',
  )
}

function smallBatches({ point, batchFormedMean }: NoteEvidence): Finding | undefined {
  const asked = point.batching.batchSize
  if (batchFormedMean === undefined || point.batching.serverBatchSize === 1 || batchFormedMean > 0.9 * asked)
    return undefined
  const [cause, remedy] = whySmall(point)
  return note(
    'small-batches',
    `Batches held ${batchFormedMean.toFixed(1)} frames on average, of the ${asked} asked for.`,
    cause,
    remedy,
  )
}

function withoutBatch({ answeredWithoutBatch }: NoteEvidence): Finding | undefined {
  if (answeredWithoutBatch === undefined || answeredWithoutBatch === 0) return undefined
  return note(
    'answers-without-batch',
    `${answeredWithoutBatch} answered requests stand in no batch of the server's log.`,
    'Lines of its log were lost, or it was rotated meanwhile.',
    'Do not rely on the batches formed of this point; look whether the log is complete.',
  )
}

function otherClients({ fromOthers }: NoteEvidence): Finding | undefined {
  if (fromOthers === undefined || fromOthers === 0) return undefined
  return note(
    'other-clients',
    `The server counted ${fromOthers} requests that are not of this load.`,
    'Somebody else used the model meanwhile, and shared its batches.',
    'Measure while the server is yours alone, or read the figures as those of a shared server.',
  )
}

function workersRestarted({ observations }: NoteEvidence): Finding | undefined {
  const replaced = observations?.workersReplaced ?? 0
  if (replaced === 0) return undefined
  return note(
    'workers-restarted',
    `The server had to start ${replaced === 1 ? 'a worker' : `${replaced} workers`} again.`,
    'The handler crashed, ran out of memory, or took longer than responseTimeout.',
    "Look into the server's log for the worker's last words.",
  )
}

/** From here on, other guests of the host show in the figures. */
const stealLimit = 0.02

function stolen({ observations }: NoteEvidence): Finding | undefined {
  const { stealShare } = observations ?? {}
  if (stealShare === undefined || stealShare <= stealLimit) return undefined
  return note(
    'processor-stolen',
    `Other guests of the same host took ${(stealShare * 100).toFixed(1)} % of the processor time.`,
    'This is a virtual machine on a busy host.',
    'Compare only what was measured side by side, or measure on a host of your own.',
  )
}

/** From here on, what else runs on the machine shows in the figures. */
const otherCpuLimit = 0.1

function machineShared({ observations }: NoteEvidence): Finding | undefined {
  const { otherCpuShare } = observations ?? {}
  if (otherCpuShare === undefined || otherCpuShare <= otherCpuLimit) return undefined
  return note(
    'machine-shared',
    `Other programs used ${Math.round(otherCpuShare * 100)} % of this machine's processors.`,
    'Something else runs beside server and client, and takes time from both.',
    'Close it and measure again, or compare only what was measured side by side.',
  )
}

/** With W workers a closed load fills every batch only from (W + 1) batches in flight on. */
function whySmall({ load, batching, server }: Point): [cause: string, remedy: string] {
  const workers = server.kind === 'url' ? 1 : server.workers
  if (load.kind === 'closed') {
    const needed = (workers + 1) * batching.batchSize
    if (load.framesInFlight < needed)
      return [
        `Too few frames in flight: ${load.framesInFlight}, and ${workers + 1} batches take ${needed}.`,
        `Raise load.framesInFlight to ${needed}.`,
      ]
  }
  if (batching.maxBatchDelayMs === 0)
    return [
      'maxBatchDelay 0 never waits: TorchServe then takes at most two requests.',
      'Give maxBatchDelayMs a value.',
    ]
  return [
    'maxBatchDelay passed before the batch was full.',
    'Raise maxBatchDelayMs, at the price of latency at low load, or lower the batch size.',
  ]
}
