import { isMapping } from '../text/is-mapping.js'

interface BatchingProblem {
  /** The field at fault; undefined: the section as a whole. */
  field?: string
  message: string
  expected: string
  remedy: string
}

const spellings = 'mode and batchSize, or framesPerRequest and serverBatchSize'

/**
 * Whether the fields say exactly once how frames are joined; undefined where they do. Takes anything, so that it
 * can run beside the checks of the single fields.
 */
export function batchingProblem(settings: unknown): BatchingProblem | undefined {
  if (settings === undefined) {
    return {
      message: 'batching is missing',
      expected: `a mapping with ${spellings}`,
      remedy: 'Add for example `batching: { mode: [server, client], batchSize: 4 }`.',
    }
  }
  if (!isMapping(settings)) return undefined
  const has = (field: string) => settings[field] !== undefined
  const [mode, size, perRequest, perBatch] = ['mode', 'batchSize', 'framesPerRequest', 'serverBatchSize'].map(
    has,
  )
  if (mode && (perRequest || perBatch)) {
    return {
      field: 'mode',
      message: 'mode is given beside framesPerRequest or serverBatchSize',
      expected: spellings,
      remedy: 'Remove mode: it follows from framesPerRequest and serverBatchSize.',
    }
  }
  if (size && perRequest && perBatch) {
    return {
      field: 'batchSize',
      message: 'batchSize is given beside framesPerRequest and serverBatchSize',
      expected: 'at most two of the three: batchSize is framesPerRequest × serverBatchSize',
      remedy: 'Remove batchSize.',
    }
  }
  if (size && !mode && !perRequest && !perBatch) {
    return {
      field: 'batchSize',
      message: 'batchSize alone does not say who makes the batch',
      expected: spellings,
      remedy: 'Add `mode: server`, `mode: client`, or `mode: [server, client]` to compare them.',
    }
  }
  if (size || perRequest || perBatch) return undefined
  return {
    message: 'batching does not say how large a batch is',
    expected: spellings,
    remedy: mode ? 'Add batchSize.' : 'Add mode and batchSize.',
  }
}
