import { knownWorkers, saturatingFrames, type Point } from '../scenario/plan/plan.js'
import { plural } from '../system/plural.js'
import { type Check, type Evidence, none } from './check.js'

/**
 * Explains why the server formed smaller batches than configured, with a remedy. With W workers a closed load fills
 * every batch only with at least (W + 1) batches in flight.
 */
function whySmallBatches({ load, batching, server }: Point): { cause: string; remedy: string } {
  const workers = knownWorkers({ server })
  const needed = saturatingFrames(batching.batchSize, workers)
  if (load.kind === 'closed' && load.framesInFlight < needed)
    return {
      cause: `Too few frames in flight: ${load.framesInFlight}. To fill ${workers + 1} batches, ${needed} are needed.`,
      remedy: `Raise load.framesInFlight to ${needed}.`,
    }
  if (batching.maxBatchDelayMs === 0)
    return {
      cause: 'With maxBatchDelayMs 0 TorchServe never waits and takes at most two requests.',
      remedy: 'Raise maxBatchDelayMs.',
    }
  return {
    cause: 'The batch was not full when maxBatchDelayMs had passed.',
    remedy: 'Raise maxBatchDelayMs, which adds latency at low load, or lower the batch size.',
  }
}

/** Explains why no batch of the server's log has a request of the load, with a remedy. */
function whyNotJoined({ batchesNotJoined, point }: Evidence): { cause: string; remedy: string } {
  const { server, batching } = point
  if (batchesNotJoined?.batches === 0)
    return {
      cause:
        'The log is that of another server, or its log4j2 configuration leaves out the PredictionTime lines of the workers.',
      remedy: 'Check server.logFile, and that each prediction adds a line with PredictionTime to it.',
    }
  if (batching.protocol === 'grpc' && 'api' in server && server.api === 'oip')
    return {
      cause: 'A request of the open inference protocol over gRPC has no id that the log shows.',
      remedy: 'To know the batch of each request, measure the same settings over HTTP.',
    }
  if (batching.protocol === 'grpc')
    return {
      cause:
        'A gRPC client is not told the id that the log shows. Only the included handler, on a server that Framestorm starts, logs an id that the client sends.',
      remedy: 'To know the batch of each request, measure the same settings over HTTP.',
    }
  return {
    cause: 'The log is that of another server, or a gateway replaces the header x-request-id.',
    remedy: 'Check server.logFile, and that the gateway passes x-request-id of the answer on.',
  }
}

/** The checks of the batches that the server formed. */
export const batchChecks = {
  'small-batches': {
    severity: 'note',
    unit: 'share',
    limit: 0.1,
    // Batches that failed are not in the server's log, so the others do not show how batches fill.
    observe: ({ point: { batching }, batchFormedMean, counts }) =>
      batchFormedMean === undefined ||
      batching.serverBatchSize === 1 ||
      counts.byOutcome['http-error'] > counts.scheduled / 100
        ? undefined
        : 1 - batchFormedMean / batching.batchSize,
    finding: {
      when: 'batches held less than 90 % of the configured frames on average; the note says why',
      symptom: ({ point, batchFormedMean }) =>
        `Batches held ${batchFormedMean?.toFixed(1)} of ${point.batching.batchSize} frames on average.`,
      cause: ({ point }) => whySmallBatches(point).cause,
      remedy: ({ point }) => whySmallBatches(point).remedy,
    },
  },
  'answers-without-batch': {
    severity: 'note',
    ...none,
    observe: ({ answeredWithoutBatch }) => answeredWithoutBatch,
    finding: {
      when: "answered requests are in no batch of the server's log",
      symptom: (_, requests) => `Answered requests that are in no batch of the server's log: ${requests}.`,
      cause: 'Lines of the log were lost, or it was rotated during the measurement.',
      remedy: 'Do not rely on the batches formed at this point; check that the log is complete.',
    },
  },
  'batches-not-joined': {
    severity: 'note',
    ...none,
    observe: ({ batchesNotJoined, counts }) =>
      batchesNotJoined === undefined || counts.byOutcome.ok === 0 ? undefined : 1,
    finding: {
      when: "no batch of the server's log can be joined to the requests, so the columns about batches are empty",
      symptom: ({ batchesNotJoined: { batches, requests } = { batches: 0, requests: 0 } }) =>
        batches === 0
          ? "The server's log shows no batch of this load, so the columns about batches are empty."
          : `The server's log shows ${plural(batches, 'batch', 'batches')} with ${(requests / batches).toFixed(1)} requests on average, warm-up included. They cannot be joined to the requests, so the columns about batches are empty.`,
      cause: (evidence) => whyNotJoined(evidence).cause,
      remedy: (evidence) => whyNotJoined(evidence).remedy,
    },
  },
} satisfies Record<string, Check>
