import { defaults } from '../schema/defaults.js'
import type { Cell } from './settle-cell.js'

/** The cell without the settings that change nothing, so that cells which are the same also look the same. */
export function dropWithoutEffect(cell: Cell): Cell {
  const { framesPerRequest, serverBatchSize } = cell.batching
  const { maxBatchDelayMs: _delay, ...batching } = cell.batching
  return {
    ...cell,
    batching: {
      ...(serverBatchSize === 1 ? batching : cell.batching),
      encoding: framesPerRequest === 1 ? 'raw' : batching.encoding,
    },
    load: framesPerRequest === 1 ? withoutFillDeadline(cell.load) : cell.load,
    measure:
      cell.measure.passes === undefined
        ? cell.measure
        : { ...cell.measure, durationS: defaults.measure.durationS },
  }
}

function withoutFillDeadline(load: Cell['load']): Cell['load'] {
  if (load.kind === 'closed') return load
  const { fillDeadlineMs: _deadline, ...rest } = load
  return rest
}

/** Equal for cells that would be the same measurement. At batch size 1 both modes send the same requests. */
export function sameCellKey(cell: Cell): string {
  const { mode, ...batching } = cell.batching
  return JSON.stringify({ ...cell, batching: batching.batchSize === 1 ? batching : { mode, ...batching } })
}

/** Why two cells, as asked for, are the same measurement. */
export function whySame(asked: Cell, kept: Cell): string {
  const reasons: string[] = []
  if (asked.batching.mode !== kept.batching.mode) {
    reasons.push('at batch size 1 server and client batching send the same requests')
  }
  if (asked.batching.maxBatchDelayMs !== kept.batching.maxBatchDelayMs) {
    reasons.push('TorchServe waits for no batch of one request')
  }
  if (asked.batching.encoding !== kept.batching.encoding) reasons.push('a single frame always travels raw')
  if (JSON.stringify(asked.load) !== JSON.stringify(kept.load))
    reasons.push('a request of one frame has nothing to fill')
  if (asked.measure.durationS !== kept.measure.durationS) reasons.push('passes take the place of durationS')
  return reasons.length === 0 ? 'it has the same settings' : reasons.join('; ')
}
