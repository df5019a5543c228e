import type { FrameColumns, RequestColumns } from './sample-columns.js'
import {
  frameDoubles,
  frameRecordBytes,
  frameWords,
  requestDoubles,
  requestRecordBytes,
  requestWords,
} from './sample-format.js'

/** Puts `count` request records into the columns from row `row` on. */
export function takeRequests(bytes: ArrayBuffer, count: number, columns: RequestColumns, row: number): void {
  const words = new Uint32Array(bytes, 0, (count * requestRecordBytes) >>> 2)
  const singles = new Float32Array(bytes, 0, (count * requestRecordBytes) >>> 2)
  const doubles = new Float64Array(bytes, 0, (count * requestRecordBytes) >>> 3)
  const octets = new Uint8Array(bytes)
  for (let i = 0; i < count; i++, row++) {
    const double = (i * requestRecordBytes) >>> 3
    const word = (i * requestRecordBytes) >>> 2
    columns.dueUs[row] = doubles[double + requestDoubles.due]!
    columns.sentUs[row] = doubles[double + requestDoubles.sent]!
    columns.answeredUs[row] = doubles[double + requestDoubles.answered]!
    columns.connectUs[row] = doubles[double + requestDoubles.connect]!
    columns.request[row] = words[word + requestWords.request]!
    columns.firstFrame[row] = words[word + requestWords.firstFrame]!
    columns.client[row] = words[word + requestWords.client]!
    columns.bodyBytes[row] = words[word + requestWords.bodyBytes]!
    columns.answerBytes[row] = words[word + requestWords.answerBytes]!
    columns.answerDeviation[row] = singles[word + requestWords.deviation]!
    const statusAndFrames = words[word + requestWords.statusAndFrames]!
    columns.status[row] = statusAndFrames & 0xffff
    columns.frames[row] = statusAndFrames >>> 16
    const phaseAndOutcome = words[word + requestWords.phaseAndOutcome]!
    columns.phase[row] = phaseAndOutcome & 0xff
    columns.outcome[row] = (phaseAndOutcome >>> 8) & 0xff
    const id = (word + requestWords.serverRequestId) * 4
    for (let j = 0; j < 16; j++) columns.serverRequestId[row * 16 + j] = octets[id + j]!
  }
}

/** Puts `count` frame records into the columns from row `row` on. */
export function takeFrames(bytes: ArrayBuffer, count: number, columns: FrameColumns, row: number): void {
  const words = new Uint32Array(bytes, 0, (count * frameRecordBytes) >>> 2)
  const doubles = new Float64Array(bytes, 0, (count * frameRecordBytes) >>> 3)
  for (let i = 0; i < count; i++, row++) {
    const word = (i * frameRecordBytes) >>> 2
    columns.capturedUs[row] = doubles[(word >>> 1) + frameDoubles.captured]!
    columns.camera[row] = words[word + frameWords.camera]!
    columns.frame[row] = words[word + frameWords.frame]!
    columns.request[row] = words[word + frameWords.request]!
    const phaseAndOutcome = words[word + frameWords.phaseAndOutcome]!
    columns.phase[row] = phaseAndOutcome & 0xff
    columns.outcome[row] = (phaseAndOutcome >>> 8) & 0xff
  }
}
