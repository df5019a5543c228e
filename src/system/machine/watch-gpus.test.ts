import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { isProcessAlive } from '../processes/hold-lock.js'
import { parseGpuReading, watchGpus } from './watch-gpus.js'

test('a line of nvidia-smi is parsed into shares and bytes', () => {
  expect(parseGpuReading('0, 37, 1523')).toEqual({ index: 0, busyShare: 0.37, memoryBytes: 1523 * 2 ** 20 })
})

test.each([
  '',
  '0, [N/A], [N/A]',
  'No devices were found',
  'index, utilization.gpu [%], memory.used [MiB]',
  '0, 37',
])('what is no reading is none: %j', (line) => {
  expect(parseGpuReading(line)).toBeUndefined()
})

/** A PATH on which `nvidia-smi` is this shell script. */
async function pathWith(script: string): Promise<{ folder: string; PATH: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-gpu-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, 'nvidia-smi'), 0o755)
  return { folder, PATH: `${folder}:${process.env['PATH']}` }
}

test.skipIf(process.platform === 'win32')('one nvidia-smi serves a whole run and ends with it', async () => {
  const { folder, PATH } = await pathWith(
    `echo "$@" > "$(dirname "$0")/arguments"\necho $$ > "$(dirname "$0")/pid"\n` +
      `while :; do echo "0, 50, 100"; echo "1, 0, 3"; sleep 0.05; done`,
  )
  const gpus = await watchGpus({ ...process.env, PATH })
  while (gpus.latest().length < 2) await sleep(10)
  expect(gpus.latest()).toEqual([
    { index: 0, busyShare: 0.5, memoryBytes: 100 * 2 ** 20 },
    { index: 1, busyShare: 0, memoryBytes: 3 * 2 ** 20 },
  ])
  expect(await readFile(join(folder, 'arguments'), 'utf8')).toMatch(/^--query-gpu=\S+ --format=\S+ -l 1\n$/)
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  await gpus.stop()
  expect(isProcessAlive(pid)).toBe(false)
  expect(gpus.latest()).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'where it finds no GPU and ends, there are no readings',
  async () => {
    const { PATH } = await pathWith('echo "0, 50, 100"; echo "NVIDIA-SMI has failed"; exit 9')
    const gpus = await watchGpus({ ...process.env, PATH })
    await sleep(10)
    await gpus.stop()
    expect(gpus.latest()).toEqual([])
  },
)

test('a machine without nvidia-smi has no readings', async () => {
  const gpus = await watchGpus({ PATH: '' })
  expect(gpus.latest()).toEqual([])
  await gpus.stop()
})
