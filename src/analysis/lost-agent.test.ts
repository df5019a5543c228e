import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { analyseRun } from './analyse-run.js'
import { runLoad, type RunLoad } from '../load/run-load.js'
import type { AgentResult } from '../run/agent-result.js'
import { createRun, reopenRun, type RunWriter } from '../run/run-writer.js'
import { loadScenario } from '../scenario/load-scenario.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'
import { measurePlan } from '../measure/measure-plan.js'
import { newManifest } from '../measure/new-manifest.js'

const scenario = `video: { source: testsrc, frames: 4, size: 64x48 }
server: embedded:tau=2ms,alpha=0ms
load: { kind: closed, framesInFlight: 4 }
batching: { mode: server, batchSize: 1 }
measure: { warmupMaxS: 0.1, durationS: 0.3, repetitions: 3 }
`

/** Runs the load here, as two agents of which one is lost in some of the loads. Counts the loads. */
function twoAgents(isLost: (load: number) => boolean): { runLoad: RunLoad; loads: () => number } {
  let loads = 0
  return {
    loads: () => loads,
    async runLoad(job, options) {
      const result = await runLoad(job, options)
      const lost = isLost(++loads)
      const agents: AgentResult[] = ['north', 'south'].map((site, i) => ({
        site,
        firstClient: 2 * i,
        clients: 2,
        complete: !lost,
        ...(lost && site === 'south' && { lost: 'it did not report for 3 s' }),
      }))
      return { ...result, complete: result.complete && !lost, agents }
    },
  }
}

function measureAll(writer: RunWriter, load: RunLoad): Promise<void> {
  return measurePlan(writer, {
    runLoad: load,
    signal: new AbortController().signal,
    crossCheck: false,
    findCeiling: () => Promise.resolve(undefined),
  })
}

test('a lost agent leaves its measurement incomplete and the run resumable, which measures that one again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-lost-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'scenario.yaml')
  await writeFile(file, scenario)
  const loaded = await loadScenario(file)
  const run = join(folder, 'run')
  const writer = await createRun(run, newManifest(loaded, planScenario(loaded), new Date()))

  const first = twoAgents((load) => load === 2)
  await measureAll(writer, first.runLoad)
  expect(first.loads()).toBe(3)
  expect(writer.manifest.status).toBe('interrupted')
  expect(writer.manifest.measurements.map(({ complete }) => complete)).toEqual([true, false, true])
  const before = await analyseRun(run)
  expect(before.exitCode).toBe(4)
  expect(before.points[0]!.findings).toContainEqual(
    expect.objectContaining({ name: 'agent-lost', site: 'south' }),
  )
  expect(before.points[0]!.sites?.map(({ agent }) => agent?.site)).toEqual(['north', 'south'])

  const second = twoAgents(() => false)
  const resumed = await reopenRun(run)
  await measureAll(resumed, second.runLoad)
  expect(second.loads()).toBe(1)
  expect(resumed.manifest.status).toBe('complete')
  const after = await analyseRun(run)
  expect(after.points[0]).toMatchObject({ repetitionsUsed: 3 })
  expect(after.points[0]!.findings.map(({ name }) => name)).not.toContain('agent-lost')
  expect(after.exitCode).toBe(0)
})
