import { expect, test } from 'vitest'
import type { QueueSettings } from '../../scenario/plan/plan.js'
import { ClientBacklog } from './client-backlog.js'
import type { DueRequest } from './request-schedule.js'

const request = (dueUs: number, camera = 0, client = 0): DueRequest => ({
  dueUs,
  client,
  frames: [{ camera, tick: dueUs, capturedUs: dueUs }],
})

function backlog(queue: QueueSettings, maxInFlight = 1) {
  const all = new ClientBacklog({ maxInFlight, queue, laneOf: ({ frames }) => frames[0]!.camera })
  const dropped: DueRequest[] = []
  return {
    dropped,
    release: (each: DueRequest) => all.release(each),
    drain: () => all.drain(),
    offer: (each: DueRequest) => all.offer(each, dropped),
  }
}

test('a camera sends as many at once as it may, then they wait in order', () => {
  const { offer, release, dropped } = backlog({ policy: 'queue', depth: 10 }, 2)
  expect([1, 2, 3, 4].map((due) => offer(request(due)))).toEqual([true, true, false, false])
  expect(release(request(1))?.dueUs).toBe(3)
  expect(release(request(2))?.dueUs).toBe(4)
  expect(release(request(3))).toBeUndefined()
  expect(offer(request(5))).toBe(true)
  expect(dropped).toEqual([])
})

test.each(['queue', 'drop-newest'] as const)('%s refuses what comes to a full queue', (policy) => {
  const { offer, release, dropped } = backlog({ policy, depth: 1 })
  for (const due of [1, 2, 3]) offer(request(due))
  expect(dropped.map(({ dueUs }) => dueUs)).toEqual([3])
  expect(release(request(1))?.dueUs).toBe(2)
  offer(request(4))
  expect(dropped).toHaveLength(1)
})

test('drop-oldest drops the oldest waiting request of the device, from any of its cameras', () => {
  const { offer, release, dropped } = backlog({ policy: 'drop-oldest', depth: 2 })
  offer(request(1, 0))
  offer(request(2, 1))
  offer(request(3, 1))
  offer(request(4, 0))
  offer(request(5, 0))
  expect(dropped.map(({ dueUs }) => dueUs)).toEqual([3])
  expect(release(request(2, 1))).toBeUndefined()
  expect(release(request(1, 0))?.dueUs).toBe(4)
})

test('depth 0 drops at once, by either policy', () => {
  for (const policy of ['queue', 'drop-oldest', 'drop-newest'] as const) {
    const { offer, dropped } = backlog({ policy, depth: 0 })
    expect([1, 2].map((due) => offer(request(due)))).toEqual([true, false])
    expect(dropped.map(({ dueUs }) => dueUs)).toEqual([2])
  }
})

test('the depth counts for each edge device apart', () => {
  const { offer, dropped } = backlog({ policy: 'drop-newest', depth: 1 })
  for (const due of [1, 2]) offer(request(due, 0, 0))
  for (const due of [3, 4]) offer(request(due, 5, 1))
  expect(dropped).toEqual([])
  offer(request(5, 5, 1))
  expect(dropped.map(({ dueUs }) => dueUs)).toEqual([5])
})

test('draining gives all that wait, in order of their due times', () => {
  const { offer, drain, release } = backlog({ policy: 'queue', depth: 10 })
  for (const [due, camera] of [
    [1, 0],
    [2, 1],
    [4, 1],
    [3, 0],
    [5, 0],
  ] as const)
    offer(request(due, camera))
  expect(drain().map(({ dueUs }) => dueUs)).toEqual([3, 4, 5])
  expect(release(request(1, 0))).toBeUndefined()
})
