import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { raiseThreadPriority } from './system-thread.js'

const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

test.skipIf(process.platform !== 'linux')(
  'a thread may be preferred alone: the process, and so its children, keeps its priority',
  async () => {
    const before = getPriority(process.pid)
    const source = `
      import { getPriority } from 'node:os'
      import { parentPort } from 'node:worker_threads'
      const { raiseThreadPriority } = await import(${url('./system-thread.js')})
      const { systemThreadId } = await import(${url('./system-thread.js')})
      const id = systemThreadId()
      raiseThreadPriority(id)
      parentPort.postMessage(getPriority(id))
    `
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
    const [priority] = (await once(worker, 'message')) as [number]
    // Without the right to it, nothing changes.
    expect([-10, before]).toContain(priority)
    expect(getPriority(process.pid)).toBe(before)
  },
)

test('a system that does not number its threads is left alone', () => {
  expect(() => raiseThreadPriority(undefined)).not.toThrow()
})
