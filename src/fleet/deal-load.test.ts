import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoadSlice } from '../load/load-slice.js'
import {
  scheduleOfThread,
  type DueRequest,
  type ScheduleSettings,
} from '../load/schedule/request-schedule.js'
import { smallCameraLoad } from '../load/testing/small-job.test.support.js'
import { dealLoad, parseSpread, type LabelledAgent } from './deal-load.js'

function agents(...zones: (string | undefined)[]): LabelledAgent[] {
  return zones.map((zone, i) => ({
    name: `site-${i + 1}`,
    labels: zone === undefined ? undefined : { zone },
  }))
}

const clientsOf = (slices: LoadSlice[]) => slices.map(({ clients }) => clients)
const unlabelled = (count: number) => agents(...Array.from({ length: count }, () => undefined))

describe('without a spread', () => {
  test('each agent gets the same, and the first ones get what is left', () => {
    expect(dealLoad(smallCameraLoad({ cameras: 10 }), 1, unlabelled(4))).toEqual([
      { agent: 0, agents: 4, firstClient: 0, clients: 3 },
      { agent: 1, agents: 4, firstClient: 3, clients: 3 },
      { agent: 2, agents: 4, firstClient: 6, clients: 2 },
      { agent: 3, agents: 4, firstClient: 8, clients: 2 },
    ])
  })

  test('edge devices stay whole, and so do requests', () => {
    const cameras = smallCameraLoad({ cameras: 10, camerasPerClient: 4 })
    expect(clientsOf(dealLoad(cameras, 1, unlabelled(2)))).toEqual([2, 1])
    expect(clientsOf(dealLoad({ kind: 'closed', framesInFlight: 23 }, 4, unlabelled(2)))).toEqual([3, 2])
  })

  test('a load with less than one edge device or request per agent is refused', () => {
    const cameras = smallCameraLoad({ cameras: 10, camerasPerClient: 4 })
    expect(() => dealLoad(cameras, 1, unlabelled(4))).toThrow('the load is too small for 4 agents')
    expect(() => dealLoad({ kind: 'closed', framesInFlight: 7 }, 4, unlabelled(2))).toThrow(
      'the load is too small for 2 agents',
    )
  })
})

describe('a spread', () => {
  const closed = (framesInFlight: number) => ({ kind: 'closed' as const, framesInFlight })

  test('gives each label its share, and the agents of a label the same', () => {
    const spread = parseSpread('zone=eu:70,zone=us:30')
    expect(clientsOf(dealLoad(closed(100), 1, agents('eu', 'us', 'eu'), spread))).toEqual([35, 30, 35])
    // 7 and 3, however many agents share the 7.
    expect(clientsOf(dealLoad(closed(10), 1, agents('eu', 'eu', 'us', 'eu'), spread))).toEqual([3, 2, 3, 2])
  })

  test('has shares that need not add up to 100, and values with a colon or a space', () => {
    expect(parseSpread(' zone=eu:1.5 , site=north gate:9:2')).toEqual([
      { label: 'zone', value: 'eu', share: 1.5 },
      { label: 'site', value: 'north gate:9', share: 2 },
    ])
  })

  test.each([
    '',
    'zone=eu',
    'zone=eu:0',
    'zone=eu:-1',
    'zone=eu:70,',
    'eu:70',
    'zone=:70',
    'zone=eu:70%',
    'zone=eu=us:3',
  ])('is refused if it is written as %j', (text) => {
    expect(() => parseSpread(text)).toThrow('the spread is not valid')
  })

  test.each<[string, string, LabelledAgent[]]>([
    ['no agent has the label zone=us', 'zone=eu:70,zone=us:30', agents('eu', 'eu')],
    ['the spread gives no share to agent site-2', 'zone=eu:70', agents('eu', undefined)],
    [
      'the spread gives agent a more than one share',
      'zone=eu:70,disk=ssd:30',
      [{ name: 'a', labels: { zone: 'eu', disk: 'ssd' } }],
    ],
    ['the load is too small to give agent site-2 a part', 'zone=eu:99,zone=us:1', agents('eu', 'us')],
  ])('is refused if %s', (message, text, all) => {
    expect(() => dealLoad(closed(10), 1, all, parseSpread(text))).toThrow(message)
  })

  test('names each label once', () => {
    expect(() => parseSpread('zone=eu:70,zone=eu:30')).toThrow('the spread names zone=eu twice')
  })
})

const zones = ['eu', 'us', 'asia']
const fleets = fc.record({
  sites: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }),
  shares: fc.option(
    fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.constant(7)),
  ),
})

function deal(
  load: ScheduleSettings['load'],
  framesPerRequest: number,
  fleet: typeof fleets extends fc.Arbitrary<infer F> ? F : never,
) {
  const all = agents(...fleet.sites.map((site) => zones[site]))
  const used = zones.filter((_, site) => fleet.sites.includes(site))
  const spread =
    fleet.shares === null
      ? undefined
      : used.map((value, i) => ({ label: 'zone', value, share: fleet.shares![i]! }))
  try {
    return dealLoad(load, framesPerRequest, all, spread)
  } catch {
    return undefined
  }
}

const loads = fc.record({
  cameras: fc.integer({ min: 1, max: 40 }),
  camerasPerClient: fc.integer({ min: 1, max: 4 }),
  fps: fc.constantFrom(1, 7.5, 30),
  phases: fc.constantFrom('random' as const, 'aligned' as const, 'poisson' as const),
  fillDeadlineMs: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
})

test('every client is dealt exactly once, in contiguous ranges, and no agent gets nothing', () => {
  fc.assert(
    fc.property(loads, fleets, (changes, fleet) => {
      const load = smallCameraLoad(changes)
      const slices = deal(load, 1, fleet)
      fc.pre(slices !== undefined)
      let next = 0
      for (const [at, slice] of slices.entries()) {
        expect(slice).toMatchObject({ agent: at, agents: fleet.sites.length, firstClient: next })
        expect(slice.clients).toBeGreaterThan(0)
        next += slice.clients
      }
      expect(next).toBe(Math.ceil(load.cameras / load.camerasPerClient))
    }),
  )
})

test('the schedules of all agents together are the one schedule, to the tick', () => {
  const until = (settings: ScheduleSettings, thread: number, threads: number) => {
    const schedule = scheduleOfThread(settings, thread, threads)
    const requests: DueRequest[] = []
    while (schedule.peekUs() < 2_000_000) requests.push(schedule.next())
    return requests
  }
  const byTime = (a: DueRequest, b: DueRequest) => a.dueUs - b.dueUs || a.client - b.client
  const rest = fc.record({ framesPerRequest: fc.integer({ min: 1, max: 5 }), phaseSeed: fc.nat() })
  fc.assert(
    fc.property(loads, fleets, rest, fc.integer({ min: 1, max: 3 }), (changes, fleet, more, threads) => {
      const load = smallCameraLoad(changes)
      const slices = deal(load, more.framesPerRequest, fleet)
      fc.pre(slices !== undefined)
      const settings = { load, ...more, clip: { frames: 100, cameras: load.cameras } }
      const dealt = slices.flatMap((slice) =>
        Array.from({ length: threads }, (_, thread) => until({ ...settings, slice }, thread, threads)).flat(),
      )
      expect(dealt.toSorted(byTime)).toEqual(until(settings, 0, 1).toSorted(byTime))
    }),
    { numRuns: 200 },
  )
})
