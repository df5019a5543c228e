import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { chooseStart, clockRelation, maxDriftPpm, roundTripUs, type ClockProbe } from './clock-relation.js'

/** A probe at a true time, of clocks that are `offsetUs` apart and do not drift. */
function probe(sentUs: number, offsetUs: number, thereUs: number, backUs: number, agentUs = 5): ClockProbe {
  const receivedUs = sentUs + thereUs + offsetUs
  return {
    sentUs,
    receivedUs,
    repliedUs: receivedUs + agentUs,
    answeredUs: sentUs + thereUs + agentUs + backUs,
  }
}

describe('one probe', () => {
  test('with equal delays gives the offset, with half of the round trip as its error', () => {
    const one = probe(1_000_000, -40_000, 300, 300)
    expect(roundTripUs(one)).toBe(600)
    const { offsetUs, errorUs } = clockRelation([one]).offsetAt(1_000_300)!
    expect(offsetUs).toBeCloseTo(-40_000, 2)
    // And 200 ppm of the time since it was sent.
    expect(errorUs).toBeCloseTo(300 + 0.0605, 3)
  })

  test('whose whole delay is on one way still has the truth within its error', () => {
    const there = clockRelation([probe(0, 5000, 1000, 0)]).offsetAt(0)!
    const back = clockRelation([probe(0, 5000, 0, 1000)]).offsetAt(0)!
    expect(there.offsetUs - there.errorUs).toBeLessThanOrEqual(5000)
    expect(back.offsetUs + back.errorUs).toBeGreaterThanOrEqual(5000)
  })

  test('knows less with time', () => {
    const { offsetAt } = clockRelation([probe(0, 0, 100, 100)])
    expect(offsetAt(10_000_000)!.errorUs).toBeCloseTo(100 + 2000, 0)
    expect(offsetAt(-10_000_000)!.errorUs).toBeCloseTo(100 + 2000, 0)
  })
})

test('the fastest probes decide, and a stalled one does no harm', () => {
  const fast = [0, 1, 2, 3].map((i) => probe(i * 1000, 700, 50, 60))
  const stalled = probe(4000, 700, 3_000_000, 10)
  const best = clockRelation(fast).offsetAt(2000)!
  expect(clockRelation([...fast, stalled]).offsetAt(2000)!.errorUs).toBeLessThanOrEqual(best.errorUs)
})

test('without a probe nothing is known', () => {
  const { offsetAt, offsetDuring, drift } = clockRelation([])
  expect([offsetAt(0), offsetDuring(0, 1), drift]).toEqual([undefined, undefined, undefined])
})

test('probes that contradict each other give no offset: a clock was stepped', () => {
  const { offsetAt, offsetDuring, drift } = clockRelation([
    probe(0, 0, 50, 50),
    probe(10_000_000, 50_000, 50, 50),
  ])
  expect(offsetAt(5_000_000)).toBeUndefined()
  expect(offsetDuring(0, 10_000_000)).toBeUndefined()
  expect(drift).toBeUndefined()
})

test('an impossible probe, received before it was sent and answered after, gives no offset', () => {
  expect(
    clockRelation([{ sentUs: 10, answeredUs: 20, receivedUs: 0, repliedUs: 100 }]).offsetAt(15),
  ).toBeUndefined()
})

test('the drift is known once the time between probes is long for their round trips', () => {
  const gains = (us: number) => 1000 + us * 50e-6
  const at = (sentUs: number) => probe(sentUs, gains(sentUs), 100, 100, 0)
  expect(clockRelation([at(0), at(100_000)]).drift).toBeUndefined()
  const { ppm, errorPpm } = clockRelation([at(0), at(30_000_000), at(60_000_000)]).drift!
  expect(Math.abs(ppm - 50)).toBeLessThanOrEqual(errorPpm)
  expect(errorPpm).toBeLessThan(5)
})

/** Clocks whose rates change between probes, and delays with jitter, asymmetry and stalls. */
const worlds = fc.record({
  seed: fc.nat(),
  probes: fc.integer({ min: 1, max: 40 }),
  offsetUs: fc.double({ min: -1e12, max: 1e12, noNaN: true }),
  gapUs: fc.constantFrom(100, 10_000, 1_000_000, 20_000_000),
  delayUs: fc.constantFrom(0, 30, 1000, 40_000),
  jitterUs: fc.constantFrom(0, 20, 5000),
  asymmetry: fc.constantFrom(0, 0.5, 1),
  stalls: fc.constantFrom(0, 0.1, 0.9),
  driftPpm: fc.constantFrom(0, 20, maxDriftPpm),
})

type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never

/** Probes of two clocks, and their true offset at times of the coordinator's clock. */
function observe(world: World) {
  const random = seededRandom(world.seed)
  // The true offset is a line between these points, as steep as the drift allows.
  const points = [{ us: 0, offsetUs: world.offsetUs }]
  const probes: ClockProbe[] = []
  let us = 0
  function pass(lengthUs: number): number {
    us += lengthUs
    const drift = (2 * random() - 1) * world.driftPpm * 1e-6
    const last = points.at(-1)!
    points.push({ us, offsetUs: last.offsetUs + drift * (us - last.us) })
    return points.at(-1)!.offsetUs
  }
  const delay = (share: number) =>
    2 * share * world.delayUs + random() * world.jitterUs + (random() < world.stalls ? random() * 2e6 : 0)
  const there = (1 + (random() < 0.5 ? 1 : -1) * world.asymmetry) / 2
  for (let i = 0; i < world.probes; i++) {
    pass(random() * world.gapUs)
    const sentUs = us
    const receivedUs = pass(delay(there)) + us
    const repliedUs = pass(random() * 100) + us
    pass(delay(1 - there))
    probes.push({ sentUs, receivedUs, repliedUs, answeredUs: us })
  }
  pass(world.gapUs)
  function truthAt(at: number): number {
    const next = points.findIndex((point) => point.us >= Math.min(at, us))
    const [a, b] = [points[Math.max(0, next - 1)]!, points[next]!]
    return b.us === a.us ? b.offsetUs : a.offsetUs + ((b.offsetUs - a.offsetUs) * (at - a.us)) / (b.us - a.us)
  }
  return { probes, truthAt, endUs: us, times: points.map((point) => point.us) }
}

/** Rounding of times of 10¹² µs. */
const roundingUs = 0.01

test('the true offset is within the error, at every time, whatever the delays and the drift', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { probes, truthAt, endUs, times } = observe(world)
      const { offsetAt } = clockRelation(probes)
      const between = Array.from({ length: 40 }, (_, i) => (endUs * i) / 39)
      for (const us of [...times, ...between]) {
        const found = offsetAt(us)
        expect(found).toBeDefined()
        expect(Math.abs(found!.offsetUs - truthAt(us))).toBeLessThanOrEqual(found!.errorUs + roundingUs)
      }
    }),
    { numRuns: 3000 },
  )
})

test('the error is no larger than half of the round trip of any probe and what the clocks may drift since', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { probes, endUs } = observe(world)
      const { offsetAt } = clockRelation(probes)
      for (let i = 0; i < 10; i++) {
        const us = (endUs * i) / 9
        const mostUs = Math.min(
          ...probes.map((each) => {
            const away = Math.abs(us - each.sentUs) + Math.abs(us - each.answeredUs)
            return (roundTripUs(each) + (away * maxDriftPpm) / 1e6) / 2
          }),
        )
        expect(offsetAt(us)!.errorUs).toBeLessThanOrEqual(mostUs + roundingUs)
      }
    }),
    { numRuns: 500 },
  )
})

test('an offset during a time range has an error that holds at every moment of it, and is no larger than needed', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(worlds, share, share, (world, a, b) => {
      const { probes, truthAt, endUs, times } = observe(world)
      const { offsetAt, offsetDuring } = clockRelation(probes)
      const [fromUs, untilUs] = [Math.min(a, b) * endUs, Math.max(a, b) * endUs]
      const { offsetUs, errorUs } = offsetDuring(fromUs, untilUs)!
      expect(offsetUs).toBe(offsetAt(fromUs)!.offsetUs)
      const inside = times.filter((us) => us >= fromUs && us <= untilUs)
      const sampled = [
        ...inside,
        ...Array.from({ length: 50 }, (_, i) => fromUs + ((untilUs - fromUs) * i) / 49),
      ]
      for (const us of sampled)
        expect(Math.abs(truthAt(us) - offsetUs)).toBeLessThanOrEqual(errorUs + roundingUs)
      const worst = Math.max(
        ...sampled.map((us) => {
          const at = offsetAt(us)!
          return Math.abs(at.offsetUs - offsetUs) + at.errorUs
        }),
      )
      // Between two samples it grows by no more than the clocks may drift.
      const apartUs = (untilUs - fromUs) / 49
      expect(errorUs).toBeLessThanOrEqual(worst + (apartUs * maxDriftPpm) / 1e6 + roundingUs)
    }),
    { numRuns: 500 },
  )
})

test('the drift is within its error', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { probes, truthAt } = observe(world)
      const { drift } = clockRelation(probes)
      if (drift === undefined) return
      const [fromUs, untilUs] = [probes[0]!.sentUs, probes.at(-1)!.answeredUs]
      const truth = ((truthAt(untilUs) - truthAt(fromUs)) / (untilUs - fromUs)) * 1e6
      expect(Math.abs(drift.ppm - truth)).toBeLessThanOrEqual(
        drift.errorPpm + 1e6 * (roundingUs / (untilUs - fromUs)),
      )
    }),
    { numRuns: 500 },
  )
})

test('the start is ten of the longest round trips ahead, and 200 ms at least', () => {
  expect(chooseStart(1_000_000, [100, 90_000])).toBe(1_900_000)
  expect(chooseStart(1_000_000, [100])).toBe(1_200_000)
  expect(chooseStart(1_000_000, [])).toBe(1_200_000)
})

test('a start that was missed is followed by one further ahead, but not by more than agents accept', () => {
  expect(chooseStart(1_000_000, [100], 1)).toBe(1_800_000)
  expect(chooseStart(1_000_000, [100], 3)).toBe(13_800_000)
  expect(chooseStart(1_000_000, [1_900_000], 3)).toBe(31_000_000)
})
