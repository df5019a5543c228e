import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { checkSizeQuestion, type SizeQuestion } from './size-question.js'
import { type CapacityAt, sizeSetting } from './size-setting.js'

const question: SizeQuestion = {
  cameras: 500,
  fps: 10,
  slo: { latencyMs: 200, percentile: 99 },
  headroom: 0.8,
}
const capacity: CapacityAt = {
  cameras: 10,
  basis: 'measured',
  failsAt: 11,
  binding: 'latency',
  how: 'found by a capacity run',
}
const wire = {
  upBytesPerFrame: { value: 50_000, basis: 'measured' },
  downBytesPerFrame: { value: 500, basis: 'measured' },
} as const
const evidence = {
  setting: 'server batching, 4 frames',
  step: 1,
  capacity,
  wire,
  capacityUnder: async ({ fpsFactor, alphaFactor }: { fpsFactor: number; alphaFactor: number }) =>
    Math.floor(10 / fpsFactor / alphaFactor),
}

test('a fleet is sized with none, one and two spares, with its network load both ways', async () => {
  const sized = await sizeSetting(question, evidence)
  expect(sized.fleets.map(({ servers }) => servers)).toEqual([63, 64, 65])
  expect(sized.network).toEqual({ upMbit: 2000, downMbit: 20 })
  expect(sized.binds).toBe('latency')
  expect(sized.costs).toBeUndefined()
})

test('a price gives the cost of each fleet, and of one camera in it', async () => {
  const sized = await sizeSetting({ ...question, pricePerServerMonth: 100 }, evidence)
  expect(sized.costs).toEqual([
    { perMonth: 6300, perCameraMonth: 12.6 },
    { perMonth: 6400, perCameraMonth: 12.8 },
    { perMonth: 6500, perCameraMonth: 13 },
  ])
})

test('every row of the sensitivity says that it was simulated', async () => {
  const { sensitivity } = await sizeSetting(question, evidence)
  expect(sensitivity).toEqual([
    {
      change: 'fps −50 %',
      capacity: 20,
      servers: 33,
      basis: 'simulated',
      network: { upMbit: 1000, downMbit: 10 },
    },
    {
      change: 'fps +50 %',
      capacity: 6,
      servers: 106,
      basis: 'simulated',
      network: { upMbit: 3000, downMbit: 30 },
    },
    {
      change: 'JPEG ×2',
      capacity: 10,
      servers: 64,
      basis: 'simulated',
      network: { upMbit: 4000, downMbit: 20 },
    },
    {
      change: 'α −10 %',
      capacity: 11,
      servers: 58,
      basis: 'simulated',
      network: { upMbit: 2000, downMbit: 20 },
    },
    {
      change: 'α +10 %',
      capacity: 9,
      servers: 71,
      basis: 'simulated',
      network: { upMbit: 2000, downMbit: 20 },
    },
  ])
})

test('what cannot be simulated is left out', async () => {
  const { sensitivity } = await sizeSetting(question, { ...evidence, capacityUnder: async () => undefined })
  expect(sensitivity.map(({ change }) => change)).toEqual(['JPEG ×2'])
})

test('a link that carries fewer cameras than the server serves is what binds', async () => {
  const sized = await sizeSetting({ ...question, linkMbit: 20 }, evidence)
  expect(sized).toMatchObject({ camerasPerServer: 5, binds: 'network' })
  expect(sized.fleets[0]!.servers).toBe(125)
})

test('a link that carries no camera is refused', async () => {
  await expect(sizeSetting({ ...question, linkMbit: 3 }, evidence)).rejects.toThrow(UserError)
})

test.each([
  ['--cameras', { cameras: 0 }],
  ['--cameras', { cameras: 2.5 }],
  ['--fps', { fps: 0 }],
  ['--fps', { fps: Number.NaN }],
  ['--slo', { slo: { latencyMs: 0, percentile: 99 } }],
  ['--slo', { slo: { latencyMs: 100, percentile: 100 } }],
  ['--headroom', { headroom: 0 }],
  ['--headroom', { headroom: 1.2 }],
  ['--price', { pricePerServerMonth: 0 }],
  ['--link', { linkMbit: -1 }],
])('a plan with a senseless %s is refused with the flag named', (flag, change) => {
  const refused = () => checkSizeQuestion({ ...question, ...change })
  expect(refused).toThrow(UserError)
  expect(refused).toThrow(flag)
})
