import type { Point } from '../scenario/plan/plan.js'
import { cameraLoad, closedLoad, pointOf } from '../analysis/simulated-run.test.support.js'
import { writeSimulatedRun } from '../analysis/simulated-run-folder.test.support.js'

const measure = { warmupMaxS: 1, durationS: 4, repetitions: 2, deadlineMs: 5000 }

const scenarioText = `# Simulated on a virtual clock, no machine was measured: what analysis says of this run may not change unnoticed.
name: golden
server: embedded:tau=7ms,alpha=24ms,jitter=5%
batching: { mode: [server, client], batchSize: [1, 4], maxBatchDelayMs: 50 }
load:
  - { kind: closed, framesInFlight: [8, 16] }
  - { kind: cameras, cameras: [4, 7], fps: 5 }
`

/** The run of fixtures/golden: both modes, both loads, one overloaded and one INVALID point. */
export async function writeGoldenRun(folder: string): Promise<void> {
  const settings = [closedLoad(8), closedLoad(16), cameraLoad(4), cameraLoad(7)].flatMap((load) =>
    (['none', 'server', 'client'] as const).map((mode) => ({ mode, load })),
  )
  const points = settings.map(({ mode, load }, i): Point =>
    mode === 'none'
      ? pointOf(i + 1, 'server', 1, load, { measure })
      : pointOf(i + 1, mode, 4, load, { measure }),
  )
  await writeSimulatedRun(folder, points, measure.repetitions, (manifest) => {
    manifest.measurements.at(-1)!.loadCpuShare = 0.85
    manifest.measurements[3]!.crossCheckFps = 38.1
    return { ...manifest, scenario: { ...manifest.scenario, name: 'golden', text: scenarioText } }
  })
}
