import type { Point } from '../scenario/plan/plan.js'
import { type Check, type Evidence, percent } from './check.js'
import { errorRate } from './frame-counts.js'
import { knownWorkers, saturatingFrames } from '../scenario/plan/derived-settings.js'

const small = 0.9
const stolen = 0.02
const shared = 0.1

/** What a reader should know and what does not make a measurement INVALID, in the order in which it is reported. */
export const noteChecks = {
  errors: {
    severity: 'note',
    unit: 'share',
    limit: 0,
    observe: ({ counts }) => errorRate(counts),
    finding: {
      when: 'frames failed',
      symptom: ({ counts }) =>
        `${counts.scheduled - counts.byOutcome.ok} of ${counts.scheduled} frames failed: ${failures(counts)}.`,
      cause: 'The server refused them or failed, or the answers came after the client deadline.',
      remedy: "See the status column of requests.csv and the server's log.",
    },
  },
  'unstable-window': {
    severity: 'note',
    unit: 'count',
    limit: 0,
    observe: ({ stability }) => (stability === undefined ? undefined : Number(!stability.stable)),
    finding: {
      when:
        'FPS in the thirds of the window differ by more than 10 % and two batches; under camera load also by more ' +
        'than counting noise (3.3 standard deviations of a Poisson count)',
      symptom: ({ stability }) =>
        `FPS varied within the window: ${stability?.fps.map((fps) => fps.toFixed(1)).join(', ')} in its thirds.`,
      cause: ({ point }) =>
        point.load.kind === 'cameras'
          ? 'The server fell behind and caught up again, or other programs used the machine.'
          : 'Warm-up was not over, or other programs used the machine.',
      remedy: ({ point }) =>
        point.load.kind === 'cameras'
          ? 'Raise measure.durationS, or close other programs.'
          : 'Raise measure.warmupMaxS or measure.durationS.',
    },
  },
  'small-batches': {
    severity: 'note',
    unit: 'share',
    limit: 1 - small,
    observe: ({ point: { batching }, batchFormedMean }) =>
      batchFormedMean === undefined || batching.serverBatchSize === 1
        ? undefined
        : 1 - batchFormedMean / batching.batchSize,
    finding: {
      when: `batches formed hold less than ${percent(small)} of the frames asked for; the note says why`,
      symptom: ({ point, batchFormedMean }) =>
        `Batches held ${batchFormedMean?.toFixed(1)} of ${point.batching.batchSize} frames on average.`,
      cause: ({ point }) => whySmallBatches(point).cause,
      remedy: ({ point }) => whySmallBatches(point).remedy,
    },
  },
  'answers-without-batch': {
    severity: 'note',
    unit: 'count',
    limit: 0,
    observe: ({ answeredWithoutBatch }) => answeredWithoutBatch,
    finding: {
      when: "answered requests are in no batch of the server's log",
      symptom: (_, requests) => `${requestsInWords(requests)} answered, but in no batch of the server's log.`,
      cause: 'Lines of the log were lost, or it was rotated during the measurement.',
      remedy: 'Do not rely on the batches formed at this point; check that the log is complete.',
    },
  },
  'other-clients': {
    severity: 'note',
    unit: 'count',
    limit: 0,
    observe: ({ fromOthers }) => fromOthers,
    finding: {
      when: "the server's metrics counted requests that are not from this load",
      symptom: (_, requests) =>
        `${requestsInWords(requests)} counted by the server, but not sent by this load.`,
      cause: 'Another client used the model during the measurement and shared its batches.',
      remedy:
        'Measure while no other client uses the server, or read the figures as those of a shared server.',
    },
  },
  'workers-restarted': {
    severity: 'note',
    unit: 'count',
    limit: 0,
    observe: ({ observations: { workersReplaced } }) => workersReplaced,
    finding: {
      when: 'the server restarted a worker by itself',
      symptom: (_, workers) => `The server restarted ${workers === 1 ? 'a worker' : `${workers} workers`}.`,
      cause: 'The handler crashed, ran out of memory, or took longer than responseTimeout.',
      remedy: "See the last lines of the worker in the server's log.",
    },
  },
  'processor-stolen': {
    severity: 'note',
    unit: 'share',
    limit: stolen,
    observe: ({ observations }) => observations.stealShare,
    title: 'CPU time taken by other guests of the host',
    finding: {
      when: `other guests of the host took more than ${percent(stolen)} of the CPU time`,
      symptom: (_, share) => `Other guests of the host took ${(share * 100).toFixed(1)} % of the CPU time.`,
      cause: 'This is a virtual machine on a busy host.',
      remedy: 'Compare only what was measured side by side, or measure on a host of your own.',
    },
  },
  'machine-shared': {
    severity: 'note',
    unit: 'share',
    limit: shared,
    observe: ({ observations }) => observations.otherCpuShare,
    title: 'CPU time used by other programs',
    finding: {
      when: `programs other than server and client used more than ${percent(shared)} of the machine's CPU time`,
      symptom: (_, share) => `Other programs used ${percent(share)} of this machine's CPU time.`,
      cause: 'Other programs run beside server and client and take time from both.',
      remedy: 'Close them and measure again, or compare only what was measured side by side.',
    },
  },
  'frames-not-sent': {
    severity: 'note',
    unit: 'share',
    limit: 0,
    // A closed load schedules nothing that it does not send.
    observe: ({ point, counts: { scheduled, byOutcome } }) =>
      point.load.kind === 'closed' || scheduled === 0
        ? undefined
        : (byOutcome.dropped + byOutcome.aborted) / scheduled,
    title: 'frames scheduled but not sent',
  },
  'second-opinion': {
    severity: 'note',
    unit: 'share',
    limit: 0.05,
    observe: ({ crossCheckFps, fps }) =>
      crossCheckFps === undefined || fps === 0 ? undefined : Math.abs(crossCheckFps / fps - 1),
    title: "difference from autocannon's FPS",
  },
} satisfies Record<string, Check>

function requestsInWords(requests: number): string {
  return requests === 1 ? '1 request was' : `${requests} requests were`
}

/** `8 http-error, 2 dropped` */
function failures({ byOutcome }: Evidence['counts']): string {
  return Object.entries(byOutcome)
    .filter(([outcome, frames]) => outcome !== 'ok' && frames > 0)
    .map(([outcome, frames]) => `${frames} ${outcome}`)
    .join(', ')
}

/** With W workers a closed load fills every batch only from (W + 1) batches in flight on. */
function whySmallBatches({ load, batching, server }: Point): { cause: string; remedy: string } {
  const workers = knownWorkers({ server })
  const needed = saturatingFrames(batching.batchSize, workers)
  if (load.kind === 'closed' && load.framesInFlight < needed)
    return {
      cause: `Too few frames in flight: ${load.framesInFlight}; ${workers + 1} batches need ${needed}.`,
      remedy: `Raise load.framesInFlight to ${needed}.`,
    }
  if (batching.maxBatchDelayMs === 0)
    return {
      cause: 'With maxBatchDelayMs 0 TorchServe never waits and takes at most two requests.',
      remedy: 'Raise maxBatchDelayMs.',
    }
  return {
    cause: 'The delay of maxBatchDelayMs passed before the batch was full.',
    remedy: 'Raise maxBatchDelayMs, at the price of latency at low load, or lower the batch size.',
  }
}
