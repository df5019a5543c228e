import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { framestorm, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const preload = new URL('../load/testing/busy-before-send.test.support.js', import.meta.url).href

test('a busy loop of 5 ms before every sending comes out INVALID with an SLO of 80 ms, not slow', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    'mode: [server, client]': 'mode: server',
    '{ kind: closed, framesInFlight: 8 }': '{ kind: cameras, cameras: 2, fps: 20 }',
    'durationS: 0.5': 'durationS: 3',
    'latencyMs: 1000': 'latencyMs: 80',
  })
  const out = join(folder, 'run')
  const { code } = await framestorm(['bench', scenario, '--out', out], {
    env: { NODE_OPTIONS: `--import=${preload}` },
  })
  expect(code).toBe(4)
  const points = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), { columns: true })
  expect(points).toHaveLength(1)
  expect(points[0]!['validity']).toBe('INVALID')
  expect(points[0]!['findings']!.split(' ')).toContain('generator-late')
  // Half of them already: it is the loop, and not this machine.
  expect(Number(points[0]!['sendLagP50Ms'])).toBeGreaterThan(5)
  expect(await readFile(join(out, 'summary.md'), 'utf8')).toContain('INVALID')
})
