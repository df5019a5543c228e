import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sampleMachine } from './sample-machine.js'

test.skipIf(!existsSync('/proc/self/stat'))('busy work shows as CPU of this process', async () => {
  const sampler = sampleMachine([process.pid], { intervalMs: 100 })
  while (sampler.samples.length < 3) {
    const until = performance.now() + 60
    while (performance.now() < until);
    await sleep(5)
  }
  sampler.stop()
  const busiest = Math.max(...sampler.samples.map((sample) => sample.clientCpuShare))
  expect(busiest).toBeGreaterThan(0)
  for (const sample of sampler.samples) {
    expect(sample.machineCpuShare).toBeLessThanOrEqual(1)
    expect(sample.clientRssBytes).toBeGreaterThan(1e6)
    // This process plays the server too: both must see the same CPU.
    expect(sample.serverCpuShare).toBeCloseTo(sample.clientCpuShare, 5)
  }
})

test.skipIf(!existsSync('/proc/self/stat'))(
  'processes that help the client count as the client',
  async () => {
    const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
    try {
      const sampler = sampleMachine([], { intervalMs: 200, clientProcessIds: [busy.pid!] })
      while (sampler.samples.length < 5) await sleep(50)
      sampler.stop()
      // This process only waits.
      expect(Math.max(...sampler.samples.map(({ clientCpuShare }) => clientCpuShare))).toBeGreaterThan(0.2)
    } finally {
      busy.kill('SIGKILL')
    }
  },
)

test.skipIf(!existsSync('/proc/self/stat'))('a process that ended leaves its cells empty', async () => {
  const sampler = sampleMachine([2 ** 22 + 1], { intervalMs: 20 })
  while (sampler.samples.length === 0) await sleep(10)
  sampler.stop()
  expect(sampler.samples[0]).not.toHaveProperty('serverCpuShare')
})

test.skipIf(!existsSync('/proc/self/stat'))('the GPUs of a machine are one mean and one sum', async () => {
  const gpus = [
    { index: 0, busyShare: 0.5, memoryBytes: 3 },
    { index: 1, busyShare: 0.1, memoryBytes: 4 },
  ]
  const sampler = sampleMachine([], { intervalMs: 20, latestGpus: () => gpus })
  while (sampler.samples.length === 0) await sleep(10)
  sampler.stop()
  expect(sampler.samples[0]).toMatchObject({ gpuShare: 0.3, gpuMemoryBytes: 7 })
})
