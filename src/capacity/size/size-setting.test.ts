import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { checkSizeQuestion, type SizeQuestion } from './size-question.js'
import { type CapacityAt, type SizedSetting, sizeSetting } from './size-setting.js'
import type { Weakness } from './weak-evidence.js'

const question: SizeQuestion = {
  cameras: 500,
  fps: 10,
  slo: { latencyMs: 200, percentile: 99 },
  maxUtilization: 0.8,
}
const capacity: CapacityAt = {
  cameras: 10,
  basis: 'measured',
  failsAt: 11,
  binding: 'latency',
  how: 'found by a capacity run',
  weaknesses: [],
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
  fitWeaknesses: [],
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
      estimate: 'sound',
      network: { upMbit: 1000, downMbit: 10 },
    },
    {
      change: 'fps +50 %',
      capacity: 6,
      servers: 106,
      basis: 'simulated',
      estimate: 'sound',
      network: { upMbit: 3000, downMbit: 30 },
    },
    {
      change: 'JPEG ×2',
      capacity: 10,
      servers: 64,
      basis: 'simulated',
      estimate: 'sound',
      network: { upMbit: 4000, downMbit: 20 },
    },
    {
      change: 'α −10 %',
      capacity: 11,
      servers: 58,
      basis: 'simulated',
      estimate: 'sound',
      network: { upMbit: 2000, downMbit: 20 },
    },
    {
      change: 'α +10 %',
      capacity: 9,
      servers: 71,
      basis: 'simulated',
      estimate: 'sound',
      network: { upMbit: 2000, downMbit: 20 },
    },
  ])
})

test('a capacity from short windows makes a rough estimate; a change is as rough as what simulates it', async () => {
  const short: Weakness = { kind: 'short-windows', windowS: 4, neededS: 10 }
  const estimates = (sized: SizedSetting) => sized.sensitivity.map(({ estimate }) => estimate)
  const rough = await sizeSetting(question, { ...evidence, capacity: { ...capacity, weaknesses: [short] } })
  expect(rough.estimate).toBe('rough')
  expect(estimates(rough)).toEqual(['sound', 'sound', 'rough', 'sound', 'sound'])
  const weakFit = await sizeSetting(question, { ...evidence, fitWeaknesses: [short] })
  expect(weakFit.estimate).toBe('sound')
  expect(estimates(weakFit)).toEqual(['rough', 'rough', 'sound', 'rough', 'rough'])
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

test('a change with which the link carries no camera is left out', async () => {
  const { sensitivity } = await sizeSetting({ ...question, linkMbit: 5 }, evidence)
  expect(sensitivity.map(({ change }) => change)).not.toContain('JPEG ×2')
})

test('a link that carries only a part of an edge device is refused', async () => {
  const devices = { ...evidence, step: 8, capacity: { ...capacity, cameras: 16 } }
  await expect(sizeSetting({ ...question, linkMbit: 20 }, devices)).rejects.toThrow(
    'the link does not carry the 8 cameras of one edge device',
  )
  expect((await sizeSetting({ ...question, linkMbit: 50 }, devices)).camerasPerServer).toBe(8)
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
  ['--max-utilization', { maxUtilization: 0 }],
  ['--max-utilization', { maxUtilization: 1.2 }],
  ['--price', { pricePerServerMonth: 0 }],
  ['--link', { linkMbit: -1 }],
])('a plan with a senseless %s is refused with the flag named', (flag, change) => {
  const refused = () => checkSizeQuestion({ ...question, ...change })
  expect(refused).toThrow(UserError)
  expect(refused).toThrow(flag)
})
