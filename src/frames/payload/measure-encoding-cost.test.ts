import { expect, test } from 'vitest'

import { measureEncodingCosts } from './measure-encoding-cost.js'

test('each encoding has its cost and its size on the wire', async () => {
  const frames = [new Uint8Array(30_000), new Uint8Array(33_000)]
  const costs = await measureEncodingCosts(frames, ['raw', 'base64', 'multipart'])
  expect(costs.map(({ encoding }) => encoding)).toEqual(['raw', 'base64', 'multipart'])
  for (const { encodeUs } of costs) expect(encodeUs).toBeGreaterThan(0)
  const [raw, base64, multipart] = costs.map(({ bytesMean }) => bytesMean)
  expect(raw).toBe(31_500)
  expect(base64).toBe(42_000 + '{"frame_0":""}'.length)
  expect(multipart).toBeGreaterThan(31_500)
})
