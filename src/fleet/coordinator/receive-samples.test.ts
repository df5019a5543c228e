import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { sampleChunkBytes } from '../message/sample-chunks.js'
import { openSampleReceiver } from './receive-samples.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-receive-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const bytes = randomBytes(2 * sampleChunkBytes + 77)
const chunks = [0, 1, 2].map((chunk) => ({
  chunk: { measurement: 'm', chunk },
  data: bytes.subarray(chunk * sampleChunkBytes, (chunk + 1) * sampleChunkBytes),
}))
const delivery = {
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  chunks: 3,
  requests: 0,
  frames: 0,
  attempt: 0,
}

test('chunks in any order, also twice, become the file that the agent has', async () => {
  const receiver = openSampleReceiver(folder)
  for (const at of [2, 0, 2, 1, 0]) receiver.write('eu', chunks[at]!.chunk, chunks[at]!.data)
  expect(await receiver.isWhole('m', 'eu', delivery)).toBe(true)
  expect(receiver.file('m', 'eu')).toBe(join(folder, 'm.eu.bin'))
  expect(bytes.equals(await readFile(receiver.file('m', 'eu')))).toBe(true)
  await receiver.remove('m', 'eu')
  expect(existsSync(receiver.file('m', 'eu'))).toBe(false)
})

test.each([
  ['a chunk is missing at the end', [0, 1]],
  ['a chunk is missing in the middle', [0, 2]],
  ['nothing came', []],
])('the file is not whole if %s', async (_, arrived) => {
  const receiver = openSampleReceiver(folder)
  for (const at of arrived) receiver.write('eu', chunks[at]!.chunk, chunks[at]!.data)
  expect(await receiver.isWhole('m', 'eu', delivery)).toBe(false)
})

test('each agent has its own file', async () => {
  const receiver = openSampleReceiver(folder)
  for (const { chunk, data } of chunks) {
    receiver.write('eu', chunk, data)
    receiver.write('us', chunk, new Uint8Array(data.length))
  }
  expect(await receiver.isWhole('m', 'eu', delivery)).toBe(true)
  expect(await receiver.isWhole('m', 'us', delivery)).toBe(false)
})

test('a failure to write is reported when the samples are needed', async () => {
  const receiver = openSampleReceiver(join(folder, 'is-not-there'))
  receiver.write('eu', chunks[0]!.chunk, chunks[0]!.data)
  await expect(receiver.isWhole('m', 'eu', delivery)).rejects.toMatchObject({ code: 'ENOENT' })
})
