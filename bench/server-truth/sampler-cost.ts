/*
 * What watching the machine costs: CPU of one sample, as a share of a core at one sample a second. It must stay below
 * 0.5 %.
 *
 *   node dist/bench/server-truth/sampler-cost.js
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleMachine } from '../../src/system/machine/sample-machine.js'

const intervalMs = 2
const samples = 500
const watched = [process.pid, process.ppid, 1]

const sampler = sampleMachine(watched, { intervalMs })
// The first ones pay for compiling what they run.
while (sampler.samples.length < 50) await sleep(intervalMs)
const from = { cpu: process.cpuUsage(), count: sampler.samples.length }
while (sampler.samples.length < from.count + samples) await sleep(10)
const used = process.cpuUsage(from.cpu)
const count = sampler.samples.length - from.count
sampler.stop()
const idleFrom = process.cpuUsage()
for (let waited = 0; waited < count * intervalMs; waited += 10) await sleep(10)
const idle = process.cpuUsage(idleFrom)
const perSampleUs = (used.user + used.system - idle.user - idle.system) / count
process.stdout.write(
  `${perSampleUs.toFixed(0)} µs of CPU a sample (${watched.length} processes, ${count} samples): ` +
    `${(perSampleUs / 1e4).toFixed(3)} % of a core at one a second; the limit is 0.5 %\n`,
)
process.exitCode = perSampleUs / 1e4 <= 0.5 ? 0 : 1
