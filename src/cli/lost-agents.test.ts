import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunManifest } from '../run/manifest.js'
import { start, temporaryFolder } from './testing/framestorm.test.support.js'
import { killAgent } from './testing/kill-agent.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

async function readJson<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as T
}

/** Slow enough that an agent can be killed within a window. */
const slow = {
  'embedded:tau=2ms,alpha=1ms': 'embedded:tau=20ms,alpha=5ms',
  'mode: [server, client]': 'mode: server',
}

test('capacity measures a load of its calibration again if an agent is lost', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'run')
  const scenario = await writeScenario(folder, {
    ...slow,
    'load: { kind: closed, framesInFlight: 8 }': 'load: { kind: cameras, fps: 20 }',
    'durationS: 0.5': 'durationS: 2',
  })
  const search = start(['capacity', scenario, '--out', out, '--agents', 'local:2'])
  // The first load that both agents send.
  await killAgent(out, 'local-2', 'point-2-')
  const ofThatLoad = async () => {
    const { measurements } = await readJson<RunManifest>(out, 'run.json')
    return measurements.filter(({ point }) => point === 2)
  }
  await expect.poll(async () => (await ofThatLoad()).length, { timeout: 50_000 }).toBe(2)
  search.child.kill('SIGINT')
  const { stderr } = await search.ended
  expect(stderr).toMatch(/agent local-2 was lost: .*; the load ends/)
  expect(stderr).toContain('interrupted; to resume')
  const measured = await ofThatLoad()
  expect(measured.map(({ complete }) => complete)).toEqual([false, true])
  expect(measured[0]!.agents![1]!.lost).toBeDefined()
})

test('a gate discards the pair in which an agent is lost, says so, and measures on with all agents', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'gate')
  const scenario = await writeScenario(folder, { ...slow, 'durationS: 0.5': 'durationS: 3' })
  const servers = ['--baseline', 'embedded:tau=10ms,alpha=5ms', '--candidate', 'embedded:tau=20ms,alpha=5ms']
  const flags = ['--metrics', 'fps', '--budget', '15s', '--agents', 'local:2']
  const gate = start(['gate', scenario, ...servers, ...flags, '--out', out])
  await killAgent(out, 'local-2', 'point-1-repetition-1')
  const { code, stdout } = await gate.ended
  // Fifteen seconds are too short for a decision.
  expect(code).toBe(5)
  const text = stdout.replaceAll(/\s+/g, ' ')
  expect(text).toMatch(
    /pair discarded \(invalid measurement\): pair 1: (baseline|candidate): Agent local-2: It was lost during the measurement: /,
  )
  const sides = ['baseline', 'candidate'].map((side) => readJson<RunManifest>(out, side, 'run.json'))
  const all = (await Promise.all(sides)).flatMap(({ measurements }) => measurements)
  expect(all.filter(({ complete }) => !complete)).toHaveLength(1)
  expect(all.filter(({ complete, agents }) => complete && agents?.length === 2).length).toBeGreaterThan(0)
})
