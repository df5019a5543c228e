import { cameraLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import type { BatchingMode } from '../../scenario/plan/plan.js'
import type { Condition, ConditionName, Decision } from '../verdict/conditions.js'
import type { Confirmation, RatedSetting } from './recommendation.js'

export const slo = { latencyMs: 1000, percentile: 99 }

/** A setting that is predicted to carry so many cameras at 5 fps. */
export function rated(
  mode: BatchingMode,
  batchSize: number,
  cameras: number,
  changes: Partial<RatedSetting> = {},
): RatedSetting {
  const load = cameraLoad(1)
  const { batching, ...point } = pointOf(1, mode, batchSize, load)
  const { framesPerRequest, serverBatchSize, maxBatchDelayMs } = batching
  return {
    point: { ...point, batching, load, slo },
    mode,
    framesPerRequest,
    serverBatchSize,
    maxBatchDelayMs,
    workers: 1,
    step: 1,
    cameras,
    camerasAtMost: cameras + 1,
    basis: 'predicted',
    batchWaitMs: serverBatchSize > 1 ? 50 : (framesPerRequest - 1) * 200,
    weaknesses: [],
    ...changes,
  }
}

export function confirmation(
  cameras: number,
  decision: Decision,
  binding: ConditionName = 'latency',
): Confirmation {
  const condition: Condition = { name: binding, seen: 1290, limit: 1000, unit: 'ms', decision }
  return {
    cameras,
    windowS: 10,
    verdict: {
      decision,
      binding,
      conditions: [condition],
      worstCamera: { camera: 0, deliveredShare: 1, overShare: 0 },
      draws: [],
      requests: 450,
      requestsOver: 0,
      latencyMs: decision === 'pass' ? 612 : 1290,
      invalid: [],
    },
  }
}
