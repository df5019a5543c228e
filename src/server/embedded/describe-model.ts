import type { LiveModel } from './live-model.js'

/** GET /models/{name}: the keys of TorchServe's DescribeModelResponse in its order. */
export function describeModel(model: LiveModel): Record<string, unknown> {
  const { settings, workers, workerIds } = model
  return {
    modelName: settings.name,
    modelVersion: settings.version,
    modelUrl: settings.archive.file,
    runtime: 'python',
    minWorkers: workers.count,
    maxWorkers: workers.count,
    batchSize: settings.batchSize,
    maxBatchDelay: settings.maxBatchDelayMs,
    responseTimeout: settings.responseTimeoutMs / 1000,
    startupTimeout: 120,
    maxRetryTimeoutInSec: 300,
    clientTimeoutInMills: 0,
    parallelType: '',
    parallelLevel: 0,
    deviceType: 'cpu',
    continuousBatching: false,
    useJobTicket: false,
    useVenv: false,
    stateful: false,
    sequenceMaxIdleMSec: 0,
    sequenceTimeoutMSec: 0,
    maxNumSequence: 0,
    maxSequenceJobQueueSize: 0,
    loadedAtStartup: false,
    workers: workerIds.map((id, worker) => ({
      id,
      startTime: localTimeWithZ(model.startedAt),
      // What is loading or crashed also says UNLOADING on the real server.
      status: workers.isReady(worker) ? 'READY' : 'UNLOADING',
      memoryUsage: 0,
      pid: workers.isReady(worker) ? process.pid : -1,
      gpu: false,
      gpuUsage: 'N/A',
    })),
    jobQueueStatus: {
      remainingCapacity: settings.queueCapacity - workers.queue.pending,
      pendingRequests: workers.queue.pending,
    },
  }
}

/** Local time with a literal Z, as the real server writes it (S/util/JsonUtils.java). */
function localTimeWithZ(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString()
}
