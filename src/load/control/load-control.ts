/*
 * The memory that the load threads, their pacers and the caller share: start and stop, the window, and the progress of
 * each thread. Most cells have one writer, so plain 8-byte stores are sufficient. Cells with several writers, and cells
 * that a thread waits on, are accessed with Atomics.
 */

import { Phase } from '../../run/record.js'

const ringSize = 4096

const flagCount = 5
const flagsPerThread = 3
const valueCount = 3
const valuesPerThread = 10 + 2 * ringSize

export interface LoadControl {
  buffer: SharedArrayBuffer
  threads: number
}

export function createLoadControl(threads: number): LoadControl {
  const values = (valueCount + threads * valuesPerThread) * 8
  const control = {
    buffer: new SharedArrayBuffer(values + (flagCount + threads * flagsPerThread) * 4),
    threads,
  }
  const view = viewLoadControl(control)
  view.values.fill(Number.POSITIVE_INFINITY, 1, 3)
  return control
}

/** Typed views of the shared memory, created once per thread. */
export function viewLoadControl({ buffer, threads }: LoadControl) {
  const doubles = valueCount + threads * valuesPerThread
  return {
    threads,
    values: new Float64Array(buffer, 0, doubles),
    flags: new Int32Array(buffer, doubles * 8),
  }
}

export type LoadControlView = ReturnType<typeof viewLoadControl>

/** Indices into `values`; the window is in µs since the start, and Infinity while unknown. */
export const Value = { startUs: 0, windowStartUs: 1, windowEndUs: 2 } as const
/**
 * Indices into `flags`. `tooBusy`: a thread was too busy in the warm-up, and the load restarts with more threads.
 * `tokenRefused`: the server did not accept the token any more. `released`: all slices of the load have drained.
 */
export const Flag = { started: 0, stopAsked: 1, tooBusy: 2, tokenRefused: 3, released: 4 } as const

const ThreadValue = {
  framesOk: 0,
  framesFailed: 1,
  inFlight: 2,
  ended: 3,
  warmupCpuShare: 4,
  windowCpuUs: 5,
  endedUs: 6,
  /** Requests of the window that were sent again on a new connection. */
  retried: 7,
  /** When the thread began, after the start. */
  beganUs: 8,
  /** The ring of answers follows, so this is the last one. */
  recorded: 9,
} as const
const ThreadFlag = { pacerStop: 0, wakePosted: 1, tailDone: 2 } as const

export type ThreadValue = keyof typeof ThreadValue
export type ThreadFlag = keyof typeof ThreadFlag

export function threadValueAt(name: ThreadValue, thread: number): number {
  return valueCount + thread * valuesPerThread + ThreadValue[name]
}

export function threadFlagAt(name: ThreadFlag, thread: number): number {
  return flagCount + thread * flagsPerThread + ThreadFlag[name]
}

/** Index into `phases`. The window is [startUs, endUs), and Infinity while unknown. */
export function phaseAt(us: number, startUs: number, endUs: number): number {
  if (us < startUs) return Phase.warmup
  return us < endUs ? Phase.measured : Phase.drain
}

/** The sum of one figure over the threads. */
export function sumOverThreads(view: LoadControlView, name: ThreadValue): number {
  let sum = 0
  for (let thread = 0; thread < view.threads; thread++) sum += view.values[threadValueAt(name, thread)]!
  return sum
}

/** The largest value of one figure over the threads; NaN if it is unknown for a thread. */
export function largestOfThreads(view: LoadControlView, name: ThreadValue): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let thread = 0; thread < view.threads; thread++)
    largest = Math.max(largest, view.values[threadValueAt(name, thread)]!)
  return largest
}

/** Stores an answer for the progress display in a ring buffer. */
export function rememberAnswer(
  view: LoadControlView,
  thread: number,
  atUs: number,
  latencyUs: number,
  frames: number,
): void {
  const counter = threadValueAt('recorded', thread)
  const recorded = view.values[counter]!
  const at = counter + 1 + 2 * (recorded % ringSize)
  view.values[at] = atUs
  view.values[at + 1] = latencyUs
  view.values[counter] = recorded + 1
  view.values[threadValueAt('framesOk', thread)]! += frames
}

/** Latencies of the stored answers since `sinceUs`, in no particular order. */
export function recentLatenciesUs(view: LoadControlView, sinceUs: number): number[] {
  const latencies: number[] = []
  for (let thread = 0; thread < view.threads; thread++) {
    const counter = threadValueAt('recorded', thread)
    const filled = Math.min(ringSize, view.values[counter]!)
    for (let i = 0; i < filled; i++) {
      const at = counter + 1 + 2 * i
      if (view.values[at]! >= sinceUs) latencies.push(view.values[at + 1]!)
    }
  }
  return latencies
}
