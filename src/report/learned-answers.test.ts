import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { analyseRun } from '../analysis/analyse-run.js'
import { openRunMeasurer } from '../measure/run-measurer.js'
import { pointOn, syntheticClip } from '../measure/testing/one-point.test.support.js'
import { schemaVersion } from '../run/manifest.js'
import { createRun } from '../run/run-writer.js'
import type { Point } from '../scenario/plan/plan.js'
import { UserError } from '../system/user-error.js'
import { summaryMarkdown } from './summary-markdown.js'
import { formatTerminalSummary } from './terminal-summary.js'

/* Whole measurements on small servers with the answers of other people's models. */

const clip = syntheticClip(24)
const signal = new AbortController().signal
const measure = { warmupMaxS: 0.1, durationS: 0.6, repetitions: 1, deadlineMs: 20_000 }
const frameOf = new Map(clip.frames.map((frame, index) => [Buffer.from(frame).toString('base64'), index]))

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A server whose handler answers the frames of all requests that arrive within a few milliseconds. */
async function serve(handler: (requests: number[][]) => unknown[]): Promise<string> {
  let waiting: { frames: number[]; end: (answer: unknown) => void }[] = []
  async function accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const texts =
      body[0] === 0xff ? [body.toString('base64')] : Object.values<string>(JSON.parse(body.toString()))
    waiting.push({
      frames: texts.map((text) => frameOf.get(text)!),
      end: (answer) => response.end(JSON.stringify(answer)),
    })
    if (waiting.length > 1) return
    setTimeout(() => {
      const batch = waiting
      waiting = []
      const answers = handler(batch.map((one) => one.frames))
      for (const [index, one] of batch.entries()) one.end(answers[index])
    }, 4)
  }

  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.end('{}')
      return
    }
    void accept(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function measured(
  inferenceUrl: string,
  batchings: Partial<Point['batching']>[],
  extent: Pick<Point['measure'], 'passes'> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-answers-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const points = batchings.map((batching, index) => {
    const point = pointOn({ kind: 'url', api: 'torchserve', inferenceUrl, manage: false }, batching, {
      id: index + 1,
      measure: { ...measure, ...extent },
    })
    return { ...point, model: { ...point.model, answer: 'auto' as const } }
  })
  const order = points.map(({ id }) => ({ point: id, repetition: 1, phaseSeed: 1 }))
  const run = await createRun(join(folder, 'run'), {
    schemaVersion,
    framestormVersion: '0.1.0',
    startedAt: '2026-01-02T03:04:05.000Z',
    status: 'running',
    scenario: { name: 'answers', text: '', hash: '', thresholds: [] },
    plan: { points, order, impossible: [], merged: [], seed: 1, expectedS: 2 },
    seed: 1,
    environment: {},
    encodingCosts: [],
    measurements: [],
  })
  const measurer = await openRunMeasurer(run, {
    signal,
    onStatus: () => undefined,
    onLoadProgress: () => undefined,
    clips: () => Promise.resolve(clip),
  })
  const refused: UserError[] = []
  try {
    for (const [index, point] of points.entries()) {
      try {
        await measurer.measure(point, order[index]!)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        refused.push(error)
      }
    }
  } finally {
    await measurer.end('complete')
  }
  return { analysis: await analyseRun(run.folder), measurements: run.manifest.measurements, refused }
}

const single: Partial<Point['batching']> = {}
const batches: Partial<Point['batching']> = { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 4 }
const client = (framesPerRequest: number): Partial<Point['batching']> => ({
  mode: 'client',
  framesPerRequest,
  batchSize: framesPerRequest,
  encoding: 'base64',
})

const boxes = (frame: number) =>
  Array.from({ length: frame % 4 }, (_, n) => ({ x: 10 * frame + n, score: 0.5 }))
const perFrame = (result: (frame: number) => unknown) => (requests: number[][]) =>
  requests.map((frames) => (frames.length === 1 ? result(frames[0]!) : frames.map(result)))

let requests = 0
const withTime = (frame: number) => ({ score: frame / 10, time: ++requests, id: `request ${requests}` })

function wrongAnswers({ analysis }: Awaited<ReturnType<typeof measured>>): string[][] {
  return analysis.points.map(({ findings }) =>
    findings.filter(({ name }) => name === 'wrong-answers').map(({ symptom }) => symptom),
  )
}

test('a detector of 0 to 3 boxes per frame fails nowhere, and its answers are compared in both modes', async () => {
  const address = await serve(perFrame(boxes))
  for (const batchings of [[single, client(4)], [batches]]) {
    const run = await measured(address, batchings)
    expect(run.refused).toEqual([])
    for (const { counts, answers } of run.analysis.measurements) {
      expect(counts.byOutcome.ok).toBe(counts.scheduled)
      expect(answers!.compared).toBeGreaterThan(10)
    }
    expect(wrongAnswers(run)).toEqual(batchings.map(() => []))
  }
})

test('a clip has one answer per request, and FPS counts its frames', async () => {
  const action = (all: number[][]) =>
    all.map((frames) => ({ action: frames.reduce((sum, frame) => sum + frame, 0) }))
  // In passes the frames and the time of all requests count. A window begins and ends with a burst of answers.
  const run = await measured(await serve(action), [client(8), client(4)], { passes: 20 })
  expect(run.refused).toEqual([])
  const shape = { perRequest: true }
  expect(run.measurements.map(({ answerReference }) => answerReference)).toMatchObject([
    { state: 'on', shape, requests: 3, frames: 24 },
    { state: 'on', shape, requests: 6, frames: 24 },
  ])
  for (const [
    index,
    { counts, fps, durationS, answers, requestLatency },
  ] of run.analysis.measurements.entries()) {
    expect(counts.byOutcome.ok).toBe(counts.scheduled)
    expect(counts.scheduled / requestLatency.samples).toBe([8, 4][index])
    expect(counts.scheduled).toBe(20 * 24)
    expect(fps).toBeCloseTo(counts.scheduled / durationS, 6)
    expect(answers!.compared).toBeGreaterThanOrEqual(requestLatency.samples)
  }
  expect(wrongAnswers(run)).toEqual([[], []])
  expect(summaryMarkdown(run.analysis)).toContain('one answer per request')
})

test('times and ids in answers are named, and do not count as mixed-up frames', async () => {
  const address = await serve(perFrame(withTime))
  for (const batching of [batches, client(4)]) {
    const run = await measured(address, [batching])
    expect(wrongAnswers(run)).toEqual([[]])
    expect(summaryMarkdown(run.analysis)).toMatch(/does not repeat or is ignored: \/time, \/id/)
    expect(formatTerminalSummary(run.analysis).replaceAll(/\s+/g, ' ')).toMatch(
      /Answers: compared with the answers to \d+ frames sent alone; .*ignored: \/time, \/id\./,
    )
  }
})

test('a handler that mixes up the frames of a batch is INVALID, with or without a time in its answers', async () => {
  for (const result of [(frame: number) => ({ score: frame / 10 }), withTime]) {
    const swapped = (all: number[][]) => {
      const frames = all.flat()
      const moved = [...frames.slice(1), frames[0]!]
      return all.map(() => result(moved.shift()!))
    }
    const run = await measured(await serve(swapped), [batches])
    expect(wrongAnswers(run)[0]![0]).toMatch(/answers differ .* Before the load, \d+ frames sent together/)
    expect(run.analysis.points[0]!.validity).toBe('INVALID')
  }
})

test('what fits no shape is refused for its points only', async () => {
  const lists = (all: number[][]) =>
    all.map((frames) => ({ boxes: frames.map(boxes), scores: frames.map((frame) => [frame]) }))
  const run = await measured(await serve(lists), [single, client(4)])
  expect(run.analysis.measurements.map(({ point }) => point)).toEqual([1])
  expect(run.refused.map(({ exitCode, parts }) => [exitCode, parts.concerns])).toEqual([[3, 'point']])
})
