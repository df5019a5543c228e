import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { median } from 'simple-statistics'
import { z } from 'zod'
import { batchesOf, type LoggedBatch } from './batches-of.js'
import type { Case } from './case.js'
import { parseBody } from './json.js'
import { withModel, type Settings } from './registered-model.js'
import { sendAt } from './send-at.js'
import type { SleepingModel } from './sleeping-models.js'
import type { Target } from './target.js'

const repetitions = 10
/** A server delayed by other programs may form other batches this many times. */
const allowedOtherwise = 2
const mostLateMs = 15

/** When a batch should have entered the handler, from the times of the same run. */
type Due = (arrivedUs: number[], batches: LoggedBatch[]) => number

interface DispatchCase {
  name: string
  model: SleepingModel
  settings: Settings
  offsetsMs: number[]
  /** Requests of each batch, by their place in the order of sending. */
  members: number[][]
  /** For each batch. */
  due: Due[]
}

const afterArrival =
  (place: number, delayMs: number): Due =>
  (arrivedUs) =>
    arrivedUs[place]! + delayMs * 1000
const afterEndOf =
  (batch: number, delayMs: number): Due =>
  (_arrivedUs, batches) =>
    batches[batch]!.handler.exitUs + delayMs * 1000

const fourArrivals = [0, 10, 20, 200]
const four = { serverBatchSize: 4, maxBatchDelayMs: 50 }

const dispatchCases: DispatchCase[] = [
  {
    name: 'arrivals at 0, 10, 20, 200 ms, B 4, delay 50, service 30: both batches leave 50 ms after the pop',
    model: 'brief',
    settings: four,
    offsetsMs: fourArrivals,
    members: [[0, 1, 2], [3]],
    due: [afterArrival(0, 50), afterArrival(3, 50)],
  },
  {
    name: 'the same with service 300: the last request waits for the worker and then for the whole delay',
    model: 'long',
    settings: four,
    offsetsMs: fourArrivals,
    members: [[0, 1, 2], [3]],
    due: [afterArrival(0, 50), afterEndOf(0, 50)],
  },
  {
    name: 'the same with two workers: the second worker pops the last request at once',
    model: 'long',
    settings: { ...four, workers: 2 },
    offsetsMs: fourArrivals,
    members: [[0, 1, 2], [3]],
    due: [afterArrival(0, 50), afterArrival(3, 50)],
  },
  {
    name: 'six in a row: four leave on the arrival of the fourth, two after the service and the delay',
    model: 'long',
    settings: { serverBatchSize: 4, maxBatchDelayMs: 150 },
    offsetsMs: [0, 30, 60, 90, 120, 150],
    members: [
      [0, 1, 2, 3],
      [4, 5],
    ],
    due: [afterArrival(3, 0), afterEndOf(0, 150)],
  },
  {
    name: 'a full batch does not wait for the delay',
    model: 'brief',
    settings: { serverBatchSize: 2, maxBatchDelayMs: 2000 },
    offsetsMs: [0, 20],
    members: [[0, 1]],
    due: [afterArrival(1, 0)],
  },
  {
    name: 'B 1 never waits',
    model: 'brief',
    settings: { serverBatchSize: 1, maxBatchDelayMs: 2000 },
    offsetsMs: [0, 100],
    members: [[0], [1]],
    due: [afterArrival(0, 0), afterArrival(1, 0)],
  },
  {
    name: 'with delay 0 a batch holds at most two, even with a full queue',
    model: 'long',
    settings: { serverBatchSize: 8, maxBatchDelayMs: 0 },
    offsetsMs: [0, 40, 80, 120, 160, 200],
    members: [[0], [1, 2], [3, 4], [5]],
    due: [afterArrival(0, 0), afterEndOf(0, 0), afterEndOf(1, 0), afterEndOf(2, 0)],
  },
]

function dispatchCase({ name, model, settings, offsetsMs, members, due }: DispatchCase): Case {
  return {
    name,
    check: (target) =>
      withModel(target, model, settings, async (registered) => {
        // The first request of a worker pays for lazy initialisation.
        await sendAt(target, registered, offsetsMs)
        const latenessMs: number[][] = due.map(() => [])
        let [onTime, otherwise] = [0, 0]
        for (let attempt = 0; onTime < repetitions && attempt < 3 * repetitions; attempt++) {
          const answers = await sendAt(target, registered, offsetsMs)
          const sentUs = answers.map((answer) => answer!.sentUs)
          // A delayed client has sent another arrival pattern.
          if (!isOnTime(sentUs, offsetsMs)) continue
          const batches = await batchesOf(target, answers)
          const arrivedUs = arrivals(sentUs, batches)
          // So has a server that did not get the CPU to read its requests.
          if (!isOnTime(arrivedUs, offsetsMs)) continue
          onTime++
          if (!isDeepStrictEqual(batches.map(sortedMembers), members)) {
            otherwise++
            assert.ok(otherwise <= allowedOtherwise, `formed ${JSON.stringify(batches.map(sortedMembers))}`)
            continue
          }
          for (const [place, dueUs] of due.entries()) {
            latenessMs[place]!.push((batches[place]!.handler.entryUs - dueUs(arrivedUs, batches)) / 1000)
          }
        }
        assert.equal(onTime, repetitions, 'this machine is too busy to send on time')
        const noted = otherwise === 0 ? '' : `, other batches ${otherwise} times of ${repetitions}`
        return assertLateness(target, latenessMs.map(median)) + noted
      }),
  }
}

/** When each request joined the queue, or when it was sent if the server does not log that. */
function arrivals(sentUs: readonly number[], batches: readonly LoggedBatch[]): number[] {
  const known = new Map(
    batches.flatMap(({ members, arrivedUs = [] }) =>
      arrivedUs.map((us, index) => [members[index]!, us] as const),
    ),
  )
  return sentUs.map((us, place) => known.get(place) ?? us)
}

/** Late by at most half of the shortest gap, so that the order and the expected batches stay the same. */
function isOnTime(timesUs: number[], offsetsMs: number[]): boolean {
  const gapsMs = offsetsMs.slice(1).map((offsetMs, place) => offsetMs - offsetsMs[place]!)
  const allowedMs = Math.min(mostLateMs, ...gapsMs.map((gapMs) => gapMs / 2))
  return offsetsMs.every((offsetMs, place) => {
    const lateMs = (timesUs[place]! - timesUs[0]!) / 1000 - (offsetMs - offsetsMs[0]!)
    return Math.abs(lateMs) <= allowedMs
  })
}

/** Requests sent ms apart may be swapped on their way to the real server's queue. */
function sortedMembers({ members }: LoggedBatch): number[] {
  return members.toSorted((a, b) => a - b)
}

function assertLateness({ toleranceMs }: Target, mediansMs: number[]): string {
  const shown = mediansMs.map((ms) => `${ms >= 0 ? '+' : ''}${ms.toFixed(2)}`).join(', ')
  for (const ms of mediansMs)
    assert.ok(Math.abs(ms) <= toleranceMs, `late by ${shown} ms, allowed ${toleranceMs}`)
  return `late by ${shown} ms`
}

/** Which batches form, and when they leave for the worker. */
export const batchingCases: Case[] = [
  ...dispatchCases.map(dispatchCase),
  {
    name: 'hybrid: two requests of three frames make one batch of six, and each request gets three answers',
    check: (target) =>
      withModel(target, 'growing', { serverBatchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const call = {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ a: 'YWJj', b: 'YWJj', c: 'YWJj' }),
        }
        const serviceMs: number[] = []
        for (let repetition = 0; repetition < repetitions; repetition++) {
          const answers = await sendAt(target, model, [0, 5], call)
          for (const answer of answers) assert.equal(parseBody(z.array(z.unknown()), answer!).length, 3)
          const [batch] = await batchesOf(target, answers)
          assert.deepEqual(batch!.handler.frames, [3, 3])
          serviceMs.push((batch!.handler.exitUs - batch!.handler.entryUs) / 1000)
        }
        const lateMs = median(serviceMs) - 80
        return assertLateness(target, [lateMs])
      }),
  },
]
