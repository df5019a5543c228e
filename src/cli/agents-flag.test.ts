import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const elsewhere = ['--agents', '2', '--nats', 'nats://127.0.0.1:9']

describe.each(['bench', 'capacity'])('%s', (command) => {
  test('refuses agents elsewhere for a server that Framestorm starts, before anything is made', async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const scenario = await writeScenario(folder, {
      'load: { kind: closed, framesInFlight: 8 }': 'load: { kind: cameras, cameras: 4, fps: 5 }',
    })
    const { code, stderr } = await framestormHere([command, scenario, '--out', out, ...elsewhere])
    expect(code).toBe(2)
    expect(stderr).toContain('agents elsewhere cannot reach this server')
    expect(stderr).toContain('use --agents local:2')
    expect(existsSync(out)).toBe(false)
  })

  test('refuses agents without a broker', async () => {
    const scenario = await writeScenario(await temporaryFolder())
    const { code, stderr } = await framestormHere([command, scenario, '--agents', '2'])
    expect(code).toBe(2)
    expect(stderr).toContain('such as --nats nats://host:4222')
  })
})

test('bench says before the run that the broker cannot be reached, and leaves no folder', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'run')
  const scenario = await writeScenario(folder, { 'embedded:tau=2ms,alpha=1ms': 'http://127.0.0.1:9' })
  const { code, stderr } = await framestormHere(['bench', scenario, '--out', out, ...elsewhere])
  expect(code).toBe(3)
  expect(stderr).toContain('the broker cannot be reached')
  expect(existsSync(out)).toBe(false)
})

test('a live gate refuses agents elsewhere for the server of a side, and leaves no folder', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'gate')
  const scenario = await writeScenario(folder, { 'mode: [server, client]': 'mode: server' })
  const sides = ['--baseline', 'http://127.0.0.1:9', '--candidate', 'embedded']
  const { code, stderr } = await framestormHere(['gate', scenario, ...sides, '--out', out, ...elsewhere])
  expect(code).toBe(2)
  expect(stderr).toContain('agents elsewhere cannot reach this server')
  expect(existsSync(out)).toBe(false)
})

test('a stored gate sends no load, so it refuses agents', async () => {
  const { code, stderr } = await framestormHere(['gate', 'run', '--baseline', 'runs', '--agents', 'local:2'])
  expect(code).toBe(2)
  expect(stderr).toContain('this flag is for a live gate only')
  expect(stderr).toContain('--agents')
})

test('--cross-check sends from this machine only, so it is refused with agents', async () => {
  const scenario = await writeScenario(await temporaryFolder())
  const { code, stderr } = await framestormHere(['bench', scenario, '--agents', 'local:2', '--cross-check'])
  expect(code).toBe(2)
  expect(stderr).toContain('--cross-check and --agents cannot be combined')
})

test('a flag that is given twice is refused', async () => {
  const scenario = await writeScenario(await temporaryFolder())
  const { code, stderr } = await framestormHere(['bench', scenario, '--agents', '2', '--agents', '3'])
  expect(code).toBe(2)
  expect(stderr).toContain('--agents is given more than once')
})

test('--dry-run refuses the same', async () => {
  const scenario = await writeScenario(await temporaryFolder())
  const { code, stderr } = await framestormHere(['bench', scenario, '--dry-run', ...elsewhere])
  expect(code).toBe(2)
  expect(stderr).toContain('agents elsewhere cannot reach this server')
})
