import { expect, test } from 'vitest'
import type { FrameCounts } from './frame-counts.js'
import type { NoteEvidence } from './notes.js'
import { notesOf } from './notes.js'
import { closedLoad, pointOf } from './simulated-run.test.support.js'

const counts = (changes: Partial<FrameCounts['byOutcome']> = {}): FrameCounts => ({
  scheduled: 100,
  byOutcome: {
    ok: 100,
    'http-error': 0,
    timeout: 0,
    'connection-error': 0,
    'bad-response': 0,
    aborted: 0,
    dropped: 0,
    ...changes,
  },
})

const quiet: NoteEvidence = {
  point: pointOf(1, 'server', 4, closedLoad(16)),
  counts: counts(),
  stability: { fps: [37, 37.5, 36.8], stable: true },
  batchFormedMean: 3.9,
  recorded: [],
}

const names = (changes: Partial<NoteEvidence>) => notesOf({ ...quiet, ...changes }).map(({ name }) => name)

test('a quiet measurement has no notes', () => {
  expect(notesOf(quiet)).toEqual([])
})

test('errors are noted with what they were', () => {
  const [note] = notesOf({ ...quiet, counts: counts({ ok: 90, 'http-error': 8, dropped: 2 }) })
  expect(note?.symptom).toBe('10 of 100 frames got no good answer: 8 http-error, 2 dropped.')
})

test('a window that was not steady is noted', () => {
  expect(names({ stability: { fps: [37, 30, 22], stable: false } })).toEqual(['unstable-window'])
})

test('small batches are noted with their cause: too few frames in flight', () => {
  const [note] = notesOf({ ...quiet, point: pointOf(1, 'server', 4, closedLoad(4)), batchFormedMean: 2 })
  expect(note?.cause).toBe('Too few frames in flight: 4, and 2 batches take 8.')
})

test('small batches are noted with their cause: the delay', () => {
  const [note] = notesOf({ ...quiet, batchFormedMean: 2 })
  expect(note?.cause).toMatch(/^maxBatchDelay passed/)
  const point = pointOf(1, 'server', 4, closedLoad(16))
  const none = { ...point, batching: { ...point.batching, maxBatchDelayMs: 0 } }
  expect(notesOf({ ...quiet, point: none, batchFormedMean: 2 })[0]?.cause).toMatch(/at most two requests/)
})

test('batches of one are never too small, and unknown ones are not judged', () => {
  expect(names({ point: pointOf(1, 'client', 8, closedLoad(16)), batchFormedMean: 1 })).toEqual([])
  expect(names({ batchFormedMean: undefined })).toEqual([])
})

test('what was recorded while measuring is passed on', () => {
  expect(notesOf({ ...quiet, recorded: ['The log could not be read.'] })[0]?.symptom).toBe(
    'The log could not be read.',
  )
})

test('requests of other clients are noted', () => {
  expect(names({ fromOthers: 3 })).toEqual(['other-clients'])
  expect(names({ fromOthers: 0 })).toEqual([])
})

test('workers that the server had to start again are noted', () => {
  expect(names({ observations: { workersReplaced: 1 } })).toEqual(['workers-restarted'])
  expect(names({ observations: { workersReplaced: 0 } })).toEqual([])
})

test('processor time that went to other guests is noted from 2 % on', () => {
  expect(names({ observations: { stealShare: 0.021 } })).toEqual(['processor-stolen'])
  expect(names({ observations: { stealShare: 0.019 } })).toEqual([])
})

test('other programs beside server and client are noted from a tenth of the machine on', () => {
  expect(names({ observations: { otherCpuShare: 0.11 } })).toEqual(['machine-shared'])
  expect(names({ observations: { otherCpuShare: 0.09 } })).toEqual([])
})
