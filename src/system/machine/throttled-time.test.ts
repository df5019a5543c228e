import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  cgroupStatFiles,
  parseCgroupThrottledUs,
  readThrottledTime,
  throttledShare,
} from './throttled-time.js'

/** A system's files, in a folder of their own. */
async function systemWith(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'framestorm-system-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return root
}

const v2 = 'usage_usec 100\nnr_periods 9\nnr_throttled 3\nthrottled_usec 250000\n'
const v1 = 'nr_periods 9\nnr_throttled 3\nthrottled_time 250000000\n'

test.each([
  ['version 2', { 'proc/self/cgroup': '0::/box\n', 'sys/fs/cgroup/box/cpu.stat': v2 }],
  ['version 1', { 'proc/self/cgroup': '4:cpu,cpuacct:/box\n', 'sys/fs/cgroup/cpu/box/cpu.stat': v1 }],
  [
    'version 2 as a container sees it',
    { 'proc/self/cgroup': '0::/elsewhere\n', 'sys/fs/cgroup/cpu.stat': v2 },
  ],
])('the time that a control group was held back is read, %s', async (_, files) => {
  expect(readThrottledTime(await systemWith(files))).toEqual({ cgroupUs: 250_000 })
})

test('heat counts as the time of the core that was throttled longest', async () => {
  const core = (n: number) => `sys/devices/system/cpu/cpu${n}/thermal_throttle/core_throttle_total_time_ms`
  const root = await systemWith({ [core(0)]: '5\n', [core(1)]: '40\n', 'sys/devices/system/cpu/cpufreq': '' })
  expect(readThrottledTime(root)).toEqual({ thermalUs: 40_000 })
})

test('a system without this information does not count as not throttled', async () => {
  const nothing = readThrottledTime(await systemWith({}))
  expect(nothing).toEqual({})
  expect(throttledShare(nothing, nothing, 1e6)).toBeUndefined()
  expect(parseCgroupThrottledUs('usage_usec 100\n')).toBeUndefined()
})

test('the share is the larger of the two counters, and never above 1', () => {
  const before = { cgroupUs: 1000, thermalUs: 0 }
  expect(throttledShare(before, { cgroupUs: 101_000, thermalUs: 20_000 }, 1e6)).toBeCloseTo(0.1)
  expect(throttledShare(before, { cgroupUs: 9e6, thermalUs: 0 }, 1e6)).toBe(1)
  expect(throttledShare(before, before, 1e6)).toBe(0)
})

test('a group path cannot lead out of the group file system', () => {
  expect(cgroupStatFiles('0::/../../etc\n')).toEqual(['sys/fs/cgroup/cpu.stat', 'sys/fs/cgroup/cpu/cpu.stat'])
})
