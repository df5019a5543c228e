import { emptyRequestSample, noRequest, Outcome, type RequestSample } from '../../run/record.js'
import type { SampleWriter } from '../../run/sample-writer.js'
import {
  type LoadControlView,
  Value,
  phaseAt,
  rememberAnswer,
  threadValueAt,
} from '../control/load-control.js'
import type { CapturedFrame } from '../schedule/capture-schedule.js'

/** Records every request and frame of a thread, each exactly once, and counts them for the progress display. */
export interface Recorder {
  /** The caller fills it before `requestEnded` and `requestUnsent`. */
  sample: RequestSample
  /** Index into `phases` at this time, µs since the start. */
  phaseAt(us: number): number
  requestBegun(): void
  requestEnded(): void
  /** Records a request that was due and never sent, because the load stopped. */
  requestUnsent(): void
  /** Camera load: records the outcome of one frame. `request` is undefined if the frame was dropped. */
  frame(frame: CapturedFrame, request: number | undefined, outcome: number): void
}

export function createRecorder(writer: SampleWriter, view: LoadControlView, thread: number): Recorder {
  const { values } = view
  const inFlight = threadValueAt('inFlight', thread)
  const ended = threadValueAt('ended', thread)
  const failed = threadValueAt('framesFailed', thread)
  const sample = emptyRequestSample()
  const phaseOf = (us: number) => phaseAt(us, values[Value.windowStartUs]!, values[Value.windowEndUs]!)

  function record(): void {
    sample.phase = phaseOf(sample.dueUs)
    writer.request(sample)
  }

  return {
    sample,
    phaseAt: phaseOf,
    requestBegun() {
      values[inFlight]! += 1
    },
    requestEnded() {
      values[inFlight]! -= 1
      values[ended]! += 1
      if (sample.outcome === Outcome.ok) {
        rememberAnswer(view, thread, sample.answeredUs, sample.answeredUs - sample.sentUs, sample.frames)
      } else {
        values[failed]! += sample.frames
      }
      record()
    },
    requestUnsent() {
      values[failed]! += sample.frames
      record()
    },
    frame({ camera, tick, capturedUs }, request, outcome) {
      if (request === undefined) values[failed]! += 1
      writer.frame(camera, tick, request ?? noRequest, phaseOf(capturedUs), outcome, capturedUs)
    },
  }
}
