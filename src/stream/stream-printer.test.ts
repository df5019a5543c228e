import { expect, test } from 'vitest'

import { streamPrinter } from './stream-printer.js'

function printing(batchSize: number, every: number) {
  const lines: string[] = []
  const clock = { ms: 1000 }
  const printer = streamPrinter(
    { batchSize, every, clientBatching: false, endpoint: {} },
    { print: (line) => lines.push(line), nowMs: () => clock.ms },
  )
  return { lines, clock, printer }
}

/** Frames that were read when the clock began. */
const framesOf = (...numbers: number[]) => numbers.map((number) => ({ number, readMs: 1000 }))

test('the FPS and the latency of a window is its answered frames by its own time', () => {
  const { lines, clock, printer } = printing(2, 4)
  for (let frame = 1; frame <= 8; frame++) printer.read()
  for (const [number, atMs] of [
    [1, 1100],
    [2, 1100],
    [3, 1400],
    [4, 1400],
    [5, 1500],
    [6, 1500],
    [7, 1600],
    [8, 1600],
  ] as const) {
    clock.ms = atMs
    printer.answered(framesOf(number), [`r${number}`])
  }
  expect(lines).toEqual([
    'With Batch Size 2, FPS at frame number 4 is 10.0; server batching, frame latency p50 100 ms, p99 400 ms',
    '  frame 3: r3',
    '  frame 4: r4',
    'With Batch Size 2, FPS at frame number 8 is 20.0; server batching, frame latency p50 500 ms, p99 600 ms',
    '  frame 7: r7',
    '  frame 8: r8',
  ])
})

test('answers that come out of order are printed in frame order', () => {
  const { lines, clock, printer } = printing(3, 3)
  printer.read()
  clock.ms = 2000
  for (const number of [3, 1, 2]) printer.answered(framesOf(number), [`r${number}`])
  expect(lines.slice(1)).toEqual(['  frame 1: r1', '  frame 2: r2', '  frame 3: r3'])
})

test('a batch that passes the mark counts whole', () => {
  const { lines, clock, printer } = printing(8, 20)
  printer.read()
  clock.ms = 2000
  for (const first of [1, 9, 17]) {
    const numbers = Array.from({ length: 8 }, (_, place) => first + place)
    printer.answered(framesOf(...numbers), numbers.map(String))
  }
  expect(lines[0]).toBe(
    'With Batch Size 8, FPS at frame number 24 is 24.0; server batching, frame latency p50 1000 ms, p99 1000 ms',
  )
  expect(lines).toHaveLength(9)
})

const unavailable = { outcome: 'http-error', status: 503, message: '' } as const

test('failures are printed at once with their frames, and each kind once with its meaning', () => {
  const { lines, printer } = printing(4, 20)
  const late = (ms: number) => ({ outcome: 'timeout', message: `no answer within ${ms} ms` }) as const
  printer.failed([7], unavailable)
  printer.failed([8], unavailable)
  printer.failed([9, 10, 11, 12], late(5000))
  printer.failed([13], late(5001))
  expect(lines).toEqual([
    'frame 7 failed: status 503',
    expect.stringMatching(/^ {2}The server, or a proxy before it, was not able to serve the request\. See /),
    'frame 8 failed: status 503',
    'frames 9 to 12 failed: no answer within 5000 ms',
    expect.stringMatching(/^ {2}The server did not answer within the deadline/),
    'frame 13 failed: no answer within 5001 ms',
  ])
})

test('a handler that fails is told from one that fails in a batch only, by what was answered before', () => {
  const { lines, printer } = printing(4, 20)
  const failed = {
    outcome: 'http-error',
    status: 503,
    message: 'InternalServerException: Prediction failed',
  } as const
  printer.failed([1], failed)
  expect(lines[1]).toMatch(/^ {2}The handler raised an exception\. /)
  const later = printing(4, 20)
  later.printer.answered(framesOf(1), [''])
  later.printer.failed([2], failed)
  expect(later.lines[1]).toContain('it may fail only when requests are joined')
})

test('the totals count the outcome of every frame', () => {
  const { lines, clock, printer } = printing(4, 20)
  for (let frame = 1; frame <= 10; frame++) printer.read()
  clock.ms = 3000
  printer.answered(framesOf(1, 2, 3, 4), ['', '', '', ''])
  printer.failed([5, 6, 7, 8], unavailable)
  printer.dropped(2)
  expect(printer.end()).toEqual({
    framesRead: 10,
    framesAnswered: 4,
    framesFailed: 4,
    framesDropped: 2,
    durationS: 2,
    fps: 2,
  })
  expect(lines.at(-1)).toBe('10 frames read: 4 answered, 4 failed, 2 dropped in 2.0 s, 2.0 FPS')
})

test('drops are printed with the next FPS line, once', () => {
  const { lines, clock, printer } = printing(1, 1)
  printer.read()
  clock.ms = 2000
  printer.dropped(3)
  printer.answered(framesOf(5), ['r'])
  printer.answered(framesOf(6), ['r'])
  expect(lines.filter((line) => line.includes('dropped'))).toEqual(['  3 frames dropped so far'])
})

test('the line names the mode', () => {
  const modeOf = (batchSize: number, clientBatching: boolean) => {
    const lines: string[] = []
    const printer = streamPrinter(
      { batchSize, every: 1, clientBatching, endpoint: {} },
      { print: (line) => lines.push(line), nowMs: () => 1000 },
    )
    printer.read()
    printer.answered(framesOf(1), ['r'])
    return /; (.*), frame latency/.exec(lines[0] ?? '')?.[1]
  }
  expect([modeOf(1, false), modeOf(4, false), modeOf(4, true)]).toEqual([
    'no batching',
    'server batching',
    'client batching',
  ])
})

test('without any frame there is no rate', () => {
  const { lines, printer } = printing(4, 20)
  expect(printer.end().fps).toBeUndefined()
  expect(lines).toEqual(['0 frames read: 0 answered, 0 failed, 0 dropped in 0.0 s'])
})
