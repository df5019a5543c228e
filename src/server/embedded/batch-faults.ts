import { mixSeeds, seededRandom, type Random } from '../../system/seeded-random.js'
import {
  batchFaultNames,
  type BatchFaultName,
  type Fault,
  type Trigger,
} from '../../scenario/grammar/faults.js'

/** The faults that apply to one batch. */
export interface BatchFaults {
  names: BatchFaultName[]
  /** Product of the factors of all `slow` faults. */
  slowFactor: number
}

const noFaults: BatchFaults = { names: [], slowFactor: 1 }

/** Determines for each batch which faults apply. The same seed gives the same batches. */
export function createBatchFaults(
  faults: readonly Fault[],
  seed: number,
): (sinceFirstMs: number) => BatchFaults {
  const randoms = faults.map((_, place) => seededRandom(mixSeeds(seed, place)))
  let batch = 0
  return (sinceFirstMs) => {
    batch++
    if (faults.length === 0) return noFaults
    const applied = faults.filter((fault, place) =>
      applies(fault.trigger, batch, sinceFirstMs, randoms[place]!),
    )
    return {
      names: batchFaultNames.filter((name) => applied.some((fault) => fault.name === name)),
      slowFactor: applied.reduce((product, fault) => product * fault.factor, 1),
    }
  }
}

function applies(trigger: Trigger, batch: number, sinceFirstMs: number, random: Random): boolean {
  switch (trigger.kind) {
    case 'every':
      return batch % trigger.batches === 0
    case 'once':
      return batch === trigger.batch
    case 'share':
      return random() < trigger.share
    case 'window':
      return sinceFirstMs >= trigger.fromMs && sinceFirstMs < trigger.untilMs
    case 'always':
    default:
      return true
  }
}
