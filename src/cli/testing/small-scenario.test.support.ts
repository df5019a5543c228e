import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../system/package-root.js'

/** Two points of half a second each on the embedded server: a whole run in a few seconds. */
const smallScenario = `name: small
video: { source: ${join(packageRoot, 'fixtures/clip.mp4')}, frames: 20, size: 160x120 }
server: embedded:tau=2ms,alpha=1ms
batching: { mode: [server, client], batchSize: 2, maxBatchDelayMs: 10 }
load: { kind: closed, framesInFlight: 8 }
measure: { warmupMaxS: 0.2, durationS: 0.5, repetitions: 1 }
slo: { latencyMs: 1000, percentile: 50 }
`

/** Writes a scenario file into a folder, with lines replaced, and returns its path. */
export async function writeScenario(
  folder: string,
  replace: Record<string, string> = {},
  name = 'small.yaml',
): Promise<string> {
  let text = smallScenario
  for (const [from, to] of Object.entries(replace)) text = text.replace(from, to)
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}
