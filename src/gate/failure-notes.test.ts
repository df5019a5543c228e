import { expect, test } from 'vitest'
import { explainFailures } from '../analysis/failures.js'
import { closedLoad, pointOf } from '../analysis/simulated-run.test.support.js'
import { frameCounts, pointSummary } from '../analysis/summaries.test.support.js'
import { failureNotes } from './failure-notes.js'

const point = pointOf(1, 'server', 4, closedLoad(16))

function notesOf(failed: number): string[] {
  const counts = frameCounts(3000, failed)
  const message = 'InternalServerException: number of batch response mismatched'
  const failures = explainFailures(
    [{ outcome: 'http-error', status: 503, message, requests: failed, frames: failed }],
    { counts, point },
  )
  return failureNotes('candidate', { points: [pointSummary(point, { counts, failures })] })
}

test('the failures of a side are named with their share, meaning and remedy', () => {
  expect(notesOf(300)).toEqual([
    expect.stringMatching(
      /^candidate: 10\.0 % of the frames failed: status 503 InternalServerException: number of batch response mismatched\. The handler returned /,
    ),
  ])
})

test('with several points, the note says at which one', () => {
  const counts = frameCounts(3000, 300)
  const failures = explainFailures(
    [{ outcome: 'http-error', status: 503, message: 'Prediction failed', requests: 300, frames: 300 }],
    { counts, point },
  )
  const other = pointSummary(pointOf(2, 'server', 8, closedLoad(16)), {})
  const notes = failureNotes('baseline monday', {
    points: [pointSummary(point, { counts, failures }), other],
  })
  expect(notes).toEqual([
    expect.stringMatching(/^baseline monday: 10\.0 % of the frames of point 1 failed: /),
  ])
})

test('fewer than count as a change of errorRate are not mentioned', () => {
  expect(notesOf(2)).toEqual([])
})
