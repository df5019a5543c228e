import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTo, startTestBroker, withFolder } from '../testing/agents.test.support.js'
import type { Broker } from './connect-broker.js'
import { loadBlob } from './load-blob.js'
import { putBlob } from './put-blob.js'
import type { ManagedBroker } from './start-broker.js'

let managed: ManagedBroker
let broker: Broker
const bytes = randomBytes(3_000_000)

beforeAll(async () => {
  managed = await startTestBroker()
  broker = await connectTo(managed)
})

afterAll(async () => {
  await broker.close()
  await managed.end()
})

const never = new AbortController().signal

test('bytes come under their hash, once, and are fetched again if the file was damaged', () =>
  withFolder(async (folder) => {
    const blob = await putBlob(broker.payloads, bytes)
    expect(await putBlob(broker.payloads, bytes)).toEqual(blob)
    const load = async () => Buffer.from(await loadBlob(broker.payloads, { folder, blob, signal: never }))
    expect((await load()).equals(bytes)).toBe(true)
    await writeFile(join(folder, blob.sha256), randomBytes(bytes.length))
    expect((await load()).equals(bytes)).toBe(true)
    await broker.payloads.delete(blob.sha256)
    expect((await load()).equals(bytes)).toBe(true)
    expect(await readdir(folder)).toEqual([blob.sha256])
  }))

test('a blob that is not there, or of another size, is an error', () =>
  withFolder(async (folder) => {
    const { sha256 } = await putBlob(broker.payloads, bytes)
    for (const blob of [
      { sha256: 'd'.repeat(64), bytes: 1 },
      { sha256, bytes: 1 },
    ]) {
      const loading = loadBlob(broker.payloads, { folder, blob, signal: never })
      await expect(loading).rejects.toThrow('the broker does not have the payload of the job')
    }
    expect(await readdir(folder)).toEqual([])
  }))

test('a download that is stopped in its middle ends at once and leaves nothing behind', () =>
  withFolder(async (folder) => {
    const blob = await putBlob(broker.payloads, bytes)
    for (let ms = 0; ms < 20; ms += 2) {
      const stopping = new AbortController()
      const loading = loadBlob(broker.payloads, { folder, blob, signal: stopping.signal })
      loading.catch(() => undefined)
      await sleep(ms)
      stopping.abort()
      await Promise.allSettled([loading])
      expect((await readdir(folder)).filter((name) => name !== blob.sha256)).toEqual([])
      for (const name of await readdir(folder)) await writeFile(join(folder, name), '')
    }
  }))

test('a client that calls a stopped download an error does not end the process', () =>
  withFolder(async (folder) => {
    const { sha256 } = await putBlob(broker.payloads, bytes)
    const { info } = (await broker.payloads.get(sha256))!
    const stopping = new AbortController()
    let fail: (error: Error) => void
    const error = new Promise<null>((_, reject) => (fail = reject))
    const data = new ReadableStream<Uint8Array>({
      pull: () => stopping.abort(),
      cancel: () => fail(new TypeError('Controller is already closed')),
    })
    const store = { get: () => Promise.resolve({ info, data, error }) }
    const blob = { sha256, bytes: bytes.length }
    await expect(loadBlob(store, { folder, blob, signal: stopping.signal })).rejects.toThrow('aborted')
    // An error that nobody caught ends the process of an agent, and fails this test.
    await sleep(50)
  }))

test('a blob that is put while the broker restarts arrives', () =>
  withFolder(async (folder) => {
    const first = await startTestBroker()
    const connected = await connectTo(first)
    await first.end()
    const putting = putBlob(connected.payloads, bytes)
    const { port } = new URL(first.url)
    const second = await startTestBroker({ port: Number(port), token: first.token })
    try {
      const blob = await putting
      const loaded = await loadBlob(connected.payloads, { folder, blob, signal: never })
      expect(Buffer.from(loaded).equals(bytes)).toBe(true)
    } finally {
      await connected.close()
      await second.end()
    }
  }))

test('a store that refuses a blob is tried again until the load is stopped', async () => {
  const stopping = new AbortController()
  let asked = 0
  const full = {
    info: () => Promise.resolve(null),
    putBlob() {
      if (++asked === 2) stopping.abort()
      return Promise.reject(new Error('insufficient resources'))
    },
  }
  await expect(putBlob(full, bytes, stopping.signal)).rejects.toMatchObject({ name: 'AbortError' })
  expect(asked).toBe(2)
})
