import type { Batch } from '../../batching/batch.js'
import type { BatchEnd } from '../../batching/model-workers.js'
import type { BatchFaults } from './batch-faults.js'
import { FrontendError, type FrontendAnswer } from './frontend-answer.js'
import type { LiveJob } from './live-job.js'
import type { AnswerForm, RequestFrames } from './request-frames.js'
import { mixSeeds } from '../../system/seeded-random.js'

/** The answer to each job of a batch that has ended, in the order of its jobs. */
export function batchAnswers(
  batch: Batch<LiveJob>,
  end: BatchEnd,
  faults: BatchFaults,
): (FrontendAnswer | FrontendError)[] {
  const { names } = faults
  if (end !== 'answered') {
    // A worker killed by the out-of-memory killer exits with 137, for which the frontend has its own status.
    const status = names.includes('out-of-memory') ? 507 : 500
    const died = new FrontendError(status, 'InternalServerException', 'Worker died.')
    return batch.jobs.map(() => died)
  }
  if (names.includes('fail')) {
    const failed = new FrontendError(503, 'InternalServerException', 'Prediction failed')
    return batch.jobs.map(() => failed)
  }
  const requests = batch.jobs.map((job) => job.frames)
  if (names.includes('swap')) swapTwoFrames(requests)
  return requests.map((frames) => {
    if (frames === undefined) return unreadable()
    return names.includes('garbage') ? garbage : prediction(frames)
  })
}

const garbage: FrontendAnswer = { status: 200, reason: '', body: '{"simulated class' }

/** Python's json.dumps(indent=2) of what a handler returns; no content type, as the worker sets none. */
function prediction({ checksums, form }: RequestFrames): FrontendAnswer {
  const results = checksums.map(simulatedAnswer)
  return { status: 200, reason: '', body: JSON.stringify(formResults(results, form), undefined, 2) }
}

function formResults(results: Record<string, number>[], form: AnswerForm): unknown {
  const frames = results.length
  switch (form) {
    case 'result':
      return results[0]
    case 'tensors': {
      const labels = {
        name: 'labels',
        datatype: 'BYTES',
        shape: [frames, top],
        data: results.flatMap(Object.keys),
      }
      const data = results.flatMap((result) => Object.values(result).map(Math.fround))
      return { outputs: [labels, { name: 'probabilities', datatype: 'FP32', shape: [frames, top], data }] }
    }
    case 'text-tensor':
      return { outputs: [{ name: 'output', datatype: 'BYTES', shape: [frames], data: results }] }
    case 'list':
    default:
      return results
  }
}

/** The handler's answer to a request that it cannot read. Other requests of the batch are not affected. */
function unreadable(): FrontendAnswer {
  return {
    status: 400,
    contentType: 'application/json',
    body: JSON.stringify({
      code: 400,
      type: 'BadRequestException',
      message: 'the request has no readable frame',
    }),
  }
}

/** Swaps the answers of the batch's first and last frame; does nothing if it has only one. */
function swapTwoFrames(requests: (RequestFrames | undefined)[]): void {
  const readable = requests.filter((frames) => frames !== undefined)
  const first = readable[0]
  const last = readable.at(-1)
  if (first === undefined || last === undefined) return
  const a = first.checksums[0]!
  first.checksums[0] = last.checksums.at(-1)!
  last.checksums[last.checksums.length - 1] = a
}

const classes = 1000
const top = 5

/**
 * The answer to one frame, which depends on its bytes only: five classes with decreasing probabilities, in the format
 * of Framestorm's handler. The labels show that no model ran.
 */
function simulatedAnswer(checksum: number): Record<string, number> {
  const answer: Record<string, number> = {}
  let left = 1
  for (let rank = 0; rank < top; rank++) {
    const draw = mixSeeds(checksum, rank) >>> 0
    // A prime step keeps the five labels distinct.
    const label = ((checksum >>> 0) + rank * 199) % classes
    const share = left * (0.5 + draw / 0x2_0000_0000 / 2)
    answer[`simulated class ${label}`] = Number(share.toFixed(8))
    left -= share
  }
  return answer
}
