import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import type { EpochCounts } from '../simulator/simulate-stationary.js'
import { decideStationary, type StationaryRule } from './decide-stationary.js'

const rule: StationaryRule = { percentile: 99, epochsMin: 8, epochsMax: 60 }

function decide(lateOf: (epoch: number) => number, some = rule) {
  const epochs: EpochCounts[] = []
  for (let epoch = 0; epoch < some.epochsMax; epoch++) {
    epochs.push({ requests: 1000, late: lateOf(epoch) })
    const { decision } = decideStationary(epochs, some)
    if (decision !== 'undecided') return { decision, epochs: epochs.length }
  }
  return { decision: 'undecided', epochs: epochs.length }
}

test('without a late request it passes after eight epochs', () => {
  expect(decide(() => 0)).toEqual({ decision: 'pass', epochs: 8 })
})

test('a rule may ask for more epochs before it passes', () => {
  expect(decide(() => 0, { ...rule, epochsMin: 20 })).toEqual({ decision: 'pass', epochs: 27 })
})

test('a queue that grows without bound fails at once', () => {
  expect(decide(() => 1000)).toEqual({ decision: 'fail', epochs: 1 })
})

test('a share just over the limit fails, and just below it passes, when it is always the same', () => {
  expect(decide((epoch) => 12 + (epoch % 2)).decision).toBe('fail')
  expect(decide((epoch) => 7 + (epoch % 2)).decision).toBe('pass')
})

test('one bad alignment of phases in ten leaves it open, and is no pass', () => {
  expect(decide((epoch) => (epoch % 10 === 4 ? 90 : 0)).decision).toBe('undecided')
  expect(decide((epoch) => (epoch % 10 === 4 ? 200 : 0)).decision).toBe('undecided')
})

test('three bad alignments in four fail', () => {
  expect(decide((epoch) => (epoch % 4 === 0 ? 0 : 200)).decision).toBe('fail')
})

test('too few requests are no pass, even without a late one', () => {
  const epochs = Array.from({ length: 8 }, () => ({ requests: 20, late: 0 }))
  expect(decideStationary(epochs, rule).decision).toBe('undecided')
})

test('a true share of 1.25 % passes in one of a hundred simulations at most, at whichever look', () => {
  const random = seededRandom(7)
  // Phases make an epoch better or worse by half of its share; requests of an epoch are late independently.
  const epochShare = () => 0.0125 * (0.5 + random())
  let passes = 0
  for (let simulation = 0; simulation < 400; simulation++) {
    const { decision } = decide(() => {
      const share = epochShare()
      let late = 0
      for (let request = 0; request < 1000; request++) if (random() < share) late++
      return late
    })
    if (decision === 'pass') passes++
  }
  expect(passes).toBeLessThanOrEqual(4)
})
