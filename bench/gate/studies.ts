import type { MachineNoise } from './machine-noise.js'
import type { Study } from './gate-study.js'

const quiet: MachineNoise = { noise: 0.02, drift: { kind: 'wander', size: 0.02 } }
const walking: MachineNoise = { noise: 0.02, drift: { kind: 'walk', size: 0.02 } }
const noisy: MachineNoise = { noise: 0.05, drift: { kind: 'wander', size: 0.02 } }

/** The result of bench/gate/measure-process-spread.ts on a real TorchServe, rounded up. */
const processes: MachineNoise = { ...quiet, processes: 0.02 }

export const studies: Study[] = [
  { name: 'no change', machine: quiet, change: 0, target: { what: 'fails', atMost: 0.01 } },
  {
    name: 'no change, drift a random walk',
    machine: walking,
    change: 0,
    target: { what: 'fails', atMost: 0.01 },
  },
  { name: '+5 % service time', machine: quiet, change: 0.05 },
  {
    name: '+10 % service time',
    machine: quiet,
    change: 0.1,
    target: { what: 'found by fps', atLeast: 0.95 },
  },
  {
    name: '+10 %, drift a random walk',
    machine: walking,
    change: 0.1,
    target: { what: 'found by fps', atLeast: 0.95 },
  },
  {
    name: '+20 % service time',
    machine: quiet,
    change: 0.2,
    target: { what: 'found by fps', atLeast: 0.99 },
  },
  { name: '−5 % service time', machine: quiet, change: -0.05, target: { what: 'fails', atMost: 0 } },
  { name: '−10 % service time', machine: quiet, change: -0.1, target: { what: 'fails', atMost: 0 } },
  {
    name: '1 % of batches 3× slower',
    machine: quiet,
    change: 0,
    slowBatches: 0.01,
    target: { what: 'found by p99', atLeast: 0.95 },
  },
  {
    name: 'no change, machine drifts 20 % slower',
    machine: { noise: 0.02, drift: { kind: 'steady', size: 0.2 } },
    change: 0,
    target: { what: 'fails', atMost: 0.03 },
  },
  {
    name: 'no change, level shift of 10 %',
    machine: { ...quiet, levelShift: 0.1 },
    change: 0,
    target: { what: 'fails', atMost: 0.03 },
  },
  {
    name: 'no change, one repetition 50 % slower',
    machine: { ...quiet, outlier: 0.5 },
    change: 0,
    target: { what: 'fails', atMost: 0.03 },
  },
  {
    name: 'no change, all three at once',
    machine: { noise: 0.02, drift: { kind: 'steady', size: 0.2 }, levelShift: 0.1, outlier: 0.5 },
    change: 0,
    target: { what: 'fails', atMost: 0.03 },
  },
  { name: 'no change, 5 % noise', machine: noisy, change: 0, target: { what: 'fails', atMost: 0.02 } },
  {
    name: 'no change, 5 % noise, 5 % drift',
    machine: { noise: 0.05, drift: { kind: 'wander', size: 0.05 } },
    change: 0,
    target: { what: 'fails', atMost: 0.02 },
  },
  { name: '+10 %, 5 % noise', machine: noisy, change: 0.1 },
  {
    name: '+20 %, 20 % noise',
    machine: { noise: 0.2, drift: { kind: 'wander', size: 0.02 } },
    change: 0.2,
    target: { what: 'passes', atMost: 0.01 },
  },
  { name: '+20 %, 5 % noise', machine: noisy, change: 0.2 },
  {
    name: 'no change, processes differ by 2 %',
    machine: processes,
    change: 0,
    target: { what: 'fails', atMost: 0.01 },
  },
  {
    name: '+10 %, processes differ by 2 %',
    machine: processes,
    change: 0.1,
    target: { what: 'found by fps', atLeast: 0.95 },
  },
  {
    name: 'no change, processes differ by 2 %, the same two in all pairs',
    machine: processes,
    sameProcesses: true,
    change: 0,
  },
]
