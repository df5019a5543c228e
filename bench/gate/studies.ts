import type { MachineNoise } from './machine-noise.js'
import { longWindowS, type Study, type Target } from './gate-study.js'

/** Processes differ by what bench/gate/measure-process-spread.ts measured on a real TorchServe, rounded up. */
const processes = 0.02
const quiet: MachineNoise = { noise: 0.02, drift: { kind: 'wander', size: 0.02 }, processes }
const walking: MachineNoise = { noise: 0.02, drift: { kind: 'walk', size: 0.02 }, processes }
const noisy: MachineNoise = { noise: 0.05, drift: { kind: 'wander', size: 0.02 }, processes }
/** If the noise of 2 % was that of windows of 6 s, and windows of a third scattered by √3 more. */
const noisyShort: MachineNoise = { ...quiet, noise: 0.035 }

const fails = (atMost: number): Target => ({ what: 'fails', atMost })
const foundByFps = (atLeast: number): Target => ({ what: 'found by fps', atLeast })
const inTime: Target[] = [
  { what: 'median seconds', atMost: 240 },
  { what: 'most seconds', atMost: 360 },
]
/** Windows that hold a p99, and the time for enough of them. */
const long = { windowS: longWindowS, budgetS: 1200 }

export const studies: Study[] = [
  {
    name: 'no change',
    machine: quiet,
    change: 0,
    targets: [fails(0.01), { what: 'undecided', atMost: 0.1 }, ...inTime],
  },
  { name: 'no change, drift a random walk', machine: walking, change: 0, targets: [fails(0.01), ...inTime] },
  { name: 'no change, 3.5 % noise', machine: noisyShort, change: 0, targets: [fails(0.01), ...inTime] },
  { name: '+3 % service time', machine: quiet, change: 0.031 },
  { name: '+5 % service time', machine: quiet, change: 0.05 },
  { name: '+10 % service time', machine: quiet, change: 0.1, targets: [foundByFps(0.95), ...inTime] },
  { name: '+10 %, drift a random walk', machine: walking, change: 0.1, targets: [foundByFps(0.95)] },
  { name: '+10 %, 3.5 % noise', machine: noisyShort, change: 0.1, targets: [foundByFps(0.95)] },
  { name: '+20 % service time', machine: quiet, change: 0.2, targets: [foundByFps(0.99)] },
  { name: '−5 % service time', machine: quiet, change: -0.05, targets: [fails(0)] },
  { name: '−10 % service time', machine: quiet, change: -0.1, targets: [fails(0)] },
  {
    name: 'no change, machine drifts 20 % slower',
    machine: { noise: 0.02, drift: { kind: 'steady', size: 0.2 }, processes },
    change: 0,
    targets: [fails(0.03)],
  },
  {
    name: 'no change, level shift of 10 %',
    machine: { ...quiet, levelShift: 0.1 },
    change: 0,
    targets: [fails(0.03)],
  },
  {
    name: 'no change, one repetition 50 % slower',
    machine: { ...quiet, outlier: 0.5 },
    change: 0,
    targets: [fails(0.03)],
  },
  {
    name: 'no change, all three at once',
    machine: { noise: 0.02, drift: { kind: 'steady', size: 0.2 }, levelShift: 0.1, outlier: 0.5, processes },
    change: 0,
    targets: [fails(0.03)],
  },
  { name: 'no change, 5 % noise', machine: noisy, change: 0, targets: [fails(0.02)] },
  {
    name: 'no change, 5 % noise, 5 % drift',
    machine: { noise: 0.05, drift: { kind: 'wander', size: 0.05 }, processes },
    change: 0,
    targets: [fails(0.02)],
  },
  { name: '+10 %, 5 % noise', machine: noisy, change: 0.1 },
  { name: '+20 %, 5 % noise', machine: noisy, change: 0.2 },
  {
    name: '+20 %, 20 % noise',
    machine: { noise: 0.2, drift: { kind: 'wander', size: 0.02 }, processes },
    change: 0.2,
    targets: [{ what: 'passes', atMost: 0.01 }],
  },
  {
    name: 'no change, windows of 20 s with a p99, at most 20 minutes',
    machine: quiet,
    change: 0,
    ...long,
    targets: [fails(0.01)],
  },
  {
    name: '1 % of batches 3× slower, windows of 20 s with a p99, at most 20 minutes',
    machine: quiet,
    change: 0,
    slowBatches: 0.01,
    ...long,
    targets: [{ what: 'found by p99', atLeast: 0.95 }],
  },
  {
    name: 'no change, the same two processes in all pairs',
    machine: quiet,
    sameProcesses: true,
    change: 0,
  },
]
