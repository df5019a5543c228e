import { createHash } from 'node:crypto'
import { strFromU8, strToU8, unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { manifestPath, packArchive } from './archive-format.js'

const model = { modelName: 'm', modelVersion: '1.0', handler: 'handler.py' }
const files = new Map([
  ['handler.py', strToU8('print(1)')],
  ['weights.pt', new Uint8Array(100_000)],
])

test('an archive holds its files and the manifest that TorchServe reads', () => {
  const unpacked = unzipSync(packArchive(model, files))
  expect(Object.keys(unpacked).toSorted()).toEqual([manifestPath, 'handler.py', 'weights.pt'])
  expect(strFromU8(unpacked['handler.py']!)).toBe('print(1)')
  expect(JSON.parse(strFromU8(unpacked[manifestPath]!))).toMatchObject({ runtime: 'python', model })
})

test('equal models give equal bytes, whatever the order of their files or the time zone', () => {
  const kept = process.env['TZ']
  const hashes = ['UTC', 'Pacific/Auckland', 'America/Los_Angeles'].map((zone, index) => {
    process.env['TZ'] = zone
    const order = index === 1 ? new Map([...files].toReversed()) : files
    return createHash('sha256').update(packArchive(model, order)).digest('hex')
  })
  if (kept === undefined) delete process.env['TZ']
  else process.env['TZ'] = kept
  expect(new Set(hashes).size).toBe(1)
})
