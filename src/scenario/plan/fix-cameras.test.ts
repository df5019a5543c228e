import { expect, test } from 'vitest'
import { loadScenario } from '../load-scenario.js'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../system/user-error.js'
import { fixCameras } from './fix-cameras.js'
import { allPoints, phaseSeed, planSchema, type Plan } from './plan.js'
import { planScenario } from './plan-scenario.js'

function write(loads: string, more = ''): string {
  const file = join(mkdtempSync(join(tmpdir(), 'ceiling-')), 'x.yaml')
  writeFileSync(
    file,
    `video: { source: testsrc, frames: 20 }
server: embedded
batching: { mode: [server, client], batchSize: [1, 4] }
load:
${loads}
measure: { repetitions: 2 }
${more}`,
  )
  return file
}

const closed = '  - { kind: closed, framesInFlight: 8 }'

async function planOf(camera: string, more = ''): Promise<Plan> {
  return planScenario(await loadScenario(write(`${closed}\n  - { kind: cameras, ${camera} }`, more)))
}

async function problemOf(loads: string): Promise<string> {
  const error: unknown = await loadScenario(write(loads)).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserError)) throw error
  return `${error.message}\n${error.parts.excerpt ?? ''}\n${error.parts.remedy ?? ''}`
}

function camerasOf({ points }: Plan): number[] {
  return [...new Set(points.flatMap(({ load }) => ('cameras' in load ? [load.cameras] : [])))]
}

const ceiling = { point: 1, fps: 66.1 }

test('a share of the ceiling is a number of cameras: rounded down to whole edge devices, at least one', async () => {
  const plan = await planOf('fps: 5, ofCeiling: [0.5, 0.8, 0.95]')
  expect(camerasOf(fixCameras(plan, () => ceiling))).toEqual([6, 10, 12])
  const twos = await planOf('fps: 5, ofCeiling: [0.05, 0.6, 0.95], camerasPerClient: 2')
  // 0.6 × 66.1 ÷ 5 is 7.9, and 0.05 × 66.1 ÷ 5 less than one.
  expect(camerasOf(fixCameras(twos, () => ceiling))).toEqual([2, 6, 12])
})

test('all settings of a server get the same number, so that modes are compared under the same load', async () => {
  const fixed = fixCameras(await planOf('fps: 5, ofCeiling: 0.8'), () => ceiling)
  const cameraPoints = fixed.points.filter(({ load }) => load.kind === 'cameras')
  expect(cameraPoints.map(({ batching }) => `${batching.mode} ${batching.batchSize}`)).toEqual([
    'server 1',
    'server 4',
    'client 4',
  ])
  expect(camerasOf(fixed)).toEqual([10])
})

test('closed points come first in the first repetition; afterwards all points are mixed', async () => {
  const { order, points } = await planOf('fps: 5, ofCeiling: [0.5, 0.8]')
  const isClosed = order.map(({ point }) => points.some(({ id }) => id === point))
  const first = order.findIndex(({ repetition }) => repetition === 2)
  expect(isClosed.slice(0, first)).toEqual([true, true, true, false, false, false, false, false, false])
  expect(isClosed.slice(first, first + 3)).not.toEqual([true, true, true])
})

test('until the ceiling is known, a plan has the shares and no numbers, also when it is read again', async () => {
  const plan = await planOf('fps: 5, ofCeiling: [0.5, 0.8]')
  const read = planSchema.parse(JSON.parse(JSON.stringify(plan)))
  expect(camerasOf(read)).toEqual([])
  expect(allPoints(read).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(camerasOf(fixCameras(read, () => ceiling))).toEqual([6, 10])
})

test('equal numbers are merged into one point, and its measurements are planned once', async () => {
  const plan = await planOf('fps: 5, ofCeiling: [0.8, 0.81]')
  const fixed = fixCameras(plan, () => ceiling)
  expect(fixed.points.map(({ id }) => id)).toEqual([1, 2, 4, 5, 7, 8])
  expect(fixed.order).toHaveLength(12)
  expect(plan.order).toHaveLength(18)
  expect(fixed.merged.filter(({ reason }) => reason.includes('same number'))).toMatchObject([
    { cell: expect.stringMatching(/mode=server .*ofCeiling=0.81/), point: 2 },
    { point: 5 },
    { point: 8 },
  ])
  // Client batching at batch size 1 was equal to point 3, which is now point 2.
  expect(
    fixed.merged.find(({ cell }) => cell.includes('mode=client batchSize=1 load=cameras ofCeiling=0.81')),
  ).toMatchObject({ point: 2 })
})

test('numbers stay as they were fixed, and give the phases that the same numbers always give', async () => {
  const fixed = fixCameras(await planOf('fps: 5, ofCeiling: 0.8'), () => ceiling)
  expect(fixCameras(fixed, () => ({ point: 2, fps: 200 }))).toEqual(fixed)
  const planned = fixed.order.find(({ point, repetition }) => point === 2 && repetition === 2)
  expect(planned?.phaseSeed).toBe(phaseSeed(1, 10, 2))
})

test('each server has its own ceiling, and needs its own closed points', async () => {
  const servers = 'points:\n  - { server: embedded }\n  - { server: "embedded:alpha=5ms" }'
  const plan = await planOf('fps: 5, ofCeiling: 0.5', servers)
  const fixed = fixCameras(plan, ({ server }) => {
    return server.kind === 'embedded' && server.alphaMs === 5 ? { point: 9, fps: 120 } : ceiling
  })
  expect(camerasOf(fixed)).toEqual([6, 12])
  const lone = write(
    closed,
    'points:\n  - { batching: { mode: server } }\n  - { server: "embedded:alpha=5ms", load: { kind: cameras, fps: 5, ofCeiling: 0.5 } }',
  )
  const loaded = await loadScenario(lone)
  expect(() => planScenario(loaded)).toThrow('needs a closed load of the same server')
})

test('a share needs a closed load, excludes a number of cameras, and is a share', async () => {
  expect(await problemOf('  - { kind: cameras, fps: 5, ofCeiling: 0.5 }')).toMatch(
    /ofCeiling needs a closed load[^]*\^\^\^/,
  )
  expect(await problemOf(`${closed}\n  - { kind: cameras, fps: 5, cameras: 2, ofCeiling: 0.5 }`)).toMatch(
    /cameras and ofCeiling cannot be combined/,
  )
  expect(await problemOf(`${closed}\n  - { kind: cameras, fps: 5, ofCeiling: 80 }`)).toMatch(
    /ofCeiling is too large/,
  )
  expect(await problemOf(`${closed}\n  - { kind: cameras, fps: 5 }`)).toMatch(/load\.1\.cameras is missing/)
})

test('a command that searches the number of cameras needs none, and ignores shares', async () => {
  const file = write('  - { kind: cameras, fps: 5, ofCeiling: [0.5, 0.8] }\n  - { kind: cameras, fps: 2 }')
  const plan = planScenario(await loadScenario(file, { camerasAreSearched: true }))
  expect(plan.ofCeiling).toBeUndefined()
  expect(plan.points.map(({ load }) => load.kind === 'cameras' && load.fps)).toEqual([5, 2, 5, 2, 5, 2])
})
