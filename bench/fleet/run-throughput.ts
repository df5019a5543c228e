import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFleet } from '../../src/fleet/coordinator/open-fleet.js'
import { openSamples } from '../../src/run/read-samples.js'
import { nameFailure } from '../../src/run/failures.js'
import { outcomes, Phase, type OutcomeName } from '../../src/run/record.js'
import { framePayload } from '../parts/frame-payload.js'
import { startNginx } from '../parts/start-nginx.js'

/*
 * Sends a camera load with several agents at a server that does nothing, and checks that not one sample is lost: each frame
 * that the cameras capture in the window has one record in the merged file, and each request has its own number.
 * Arguments: agents, sends per second of each agent, seconds. Exits with 1 if a sample is lost.
 */
const [agents = 4, sendsPerS = 500, seconds = 10] = process.argv.slice(2).map(Number)
const fps = 10
const warmupMs = 2000

const folder = await mkdtemp(join(tmpdir(), 'framestorm-throughput-'))
const nginx = await startNginx(folder, undefined, '{}')
if (nginx === undefined) throw new Error('nginx is not installed')
const { signal } = new AbortController()
const say = (text: string) => process.stderr.write(`${text}\n`)
const fleet = await openFleet({ kind: 'local', agents }, { folder, points: [], signal, onStatus: say })
try {
  const sampleFile = join(folder, 'merged.bin')
  const result = await fleet.runLoad(
    {
      endpoint: nginx.endpoint,
      payload: framePayload(20, 1000, 1),
      framesPerRequest: 1,
      load: {
        kind: 'cameras',
        cameras: (agents * sendsPerS) / fps,
        fps,
        phases: 'random',
        maxInFlightPerCamera: 4,
        queue: { policy: 'queue', depth: 100 },
        camerasPerClient: 1,
      },
      phaseSeed: 1,
      warmupMaxMs: warmupMs,
      extent: { durationMs: seconds * 1000 },
      deadlineMs: 10_000,
      answer: { perRequest: true },
      sampleFile,
      threads: 1,
    },
    { signal },
  )
  const found = { requests: 0, frames: 0 }
  const byOutcome = new Map<OutcomeName, number>()
  const numbers = new Set<number>()
  for (const { requests, frames } of openSamples(sampleFile).parts('sentUs')) {
    found.requests += requests.count
    for (let row = 0; row < requests.count; row++) numbers.add(requests.request[row]!)
    for (let row = 0; row < frames.count; row++) {
      if (frames.phase[row] !== Phase.measured) continue
      found.frames++
      const outcome = outcomes[frames.outcome[row]!]!
      byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1)
    }
  }
  const parts = result.agents ?? []
  const planned = parts.reduce((sum, { framesPlanned = 0 }) => sum + framesPlanned, 0)
  const differing = parts.filter(({ framesScheduled, framesPlanned }) => framesScheduled !== framesPlanned)
  const isWhole =
    result.complete && found.frames === planned && numbers.size === found.requests && differing.length === 0
  const skewsMs = parts.map(({ startSkewMs = Number.NaN }) => startSkewMs)
  process.stdout.write(
    `${agents} agents × ${sendsPerS}/s, ${seconds} s: ${planned} frames planned, ${found.frames} recorded ` +
      `(${[...byOutcome].map(([outcome, frames]) => `${frames} ${outcome}`).join(', ')}); ${found.requests} requests, ${numbers.size} numbers; ` +
      `start skew at most ${Math.max(...skewsMs).toFixed(2)} ms: ${isWhole ? 'nothing lost' : 'LOST'}\n`,
  )
  for (const failure of result.failures ?? [])
    process.stdout.write(`  ${failure.frames} frames: ${nameFailure(failure)}\n`)
  for (const { site, loadCpuShare = Number.NaN } of parts)
    process.stdout.write(`  ${site}: ${(100 * loadCpuShare).toFixed(0)} % of a core in the load thread\n`)
  for (const { site, framesScheduled, framesPlanned, lost } of differing)
    process.stdout.write(`  ${site}: ${framesScheduled} of ${framesPlanned} frames ${lost ?? ''}\n`)
  process.exitCode = isWhole ? 0 : 1
} finally {
  await fleet.close()
  await nginx.stop()
  await rm(folder, { recursive: true, force: true })
}
