import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { smallJob } from '../../src/load/testing/small-job.test.support.js'
import {
  TestCoordinator,
  connectTo,
  entryOf,
  measure,
  startTestFleet,
} from '../../src/fleet/testing/agents.test.support.js'
import { packageRoot } from '../../src/system/package-root.js'
import { fuzzAgent, fuzzParsers } from './fuzz-agent.js'
import { fuzzLink } from './fuzz-link.js'

/*
 * Sends 100,000 messages that are nearly valid to a real agent over a real broker, as many to the parsers of the
 * coordinator, and as many to wherever a coordinator listens. The agent must answer every request, stay alive, log little,
 * not grow, and measure afterwards. The coordinator must hear an honest agent afterwards.
 * Arguments: the number of messages, and a seed.
 */
const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number)

/** The memory is read after each. */
const parts = 5

/** NaN if the process has ended. */
function residentMB(pid: number): number {
  if (!existsSync(`/proc/${pid}/status`)) return Number.NaN
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}

const fleet = await startTestFleet()
const { server, managed, broker } = fleet
const folder = await mkdtemp(join(tmpdir(), 'framestorm-fuzz-'))
const main = join(packageRoot, 'dist/src/cli/main.js')
const agent = spawn(
  process.execPath,
  [main, 'agent', '--nats', managed.url, '--name', 'fuzzed', '--work', folder],
  { env: { ...process.env, NATS_TOKEN: managed.token }, stdio: ['ignore', 'inherit', 'pipe'] },
)
let log = ''
agent.stderr.on('data', (data: Buffer) => (log += data.toString()))
try {
  const coordinator = new TestCoordinator(broker, await entryOf(broker, 'fuzzed'))
  const job = await coordinator.jobFor(smallJob(server.endpoint, 'not used'))
  await fuzzAgent(coordinator, job, { count: 1000, seed: seed + 1 })
  const memoryMB = [residentMB(agent.pid!)]
  const began = performance.now()
  const sent = { sent: 0, accepted: 0, refused: 0, unanswered: 0 }
  for (let part = 0; part < parts; part++) {
    const result = await fuzzAgent(coordinator, job, { count: count / parts, seed: seed * parts + part })
    for (const name of ['sent', 'accepted', 'refused', 'unanswered'] as const) sent[name] += result[name]
    if (result.unanswered > 0)
      throw new Error(`${result.unanswered} of ${result.sent} requests had no answer:\n${log.slice(-4000)}`)
    memoryMB.push(residentMB(agent.pid!))
    if (agent.exitCode !== null || agent.signalCode !== null)
      throw new Error(`the agent has ended (${agent.exitCode ?? agent.signalCode}):\n${log.slice(-4000)}`)
  }
  const seconds = (performance.now() - began) / 1000
  const { measurement } = await measure(coordinator, smallJob(server.endpoint, 'not used'))
  await coordinator.event(measurement, 'drained')
  await coordinator.ask('release', { measurement })
  const { result, delivery } = await coordinator.event(measurement, 'ended')
  const parsed = fuzzParsers({ count, seed })
  const hostile = await connectTo(managed)
  const link = await fuzzLink({ broker, hostile }, folder, { count, seed })
  await hostile.close()
  agent.kill('SIGTERM')
  await once(agent, 'exit')
  const code = agent.exitCode
  const lines = log.split('\n').length
  const isGood = sent.unanswered === 0 && result.complete && code === 143 && !/\bat .*\.js:/.test(log)
  process.stdout.write(
    `${JSON.stringify({ ...sent, seconds, memoryMB, logLines: lines, requestsAfterwards: delivery.requests, exitCode: code, parsers: parsed, link })}\n` +
      `${isGood ? 'reached' : 'MISSED'}\n`,
  )
  if (!isGood) {
    process.stdout.write(log.slice(-4000))
    process.exitCode = 1
  }
} finally {
  agent.kill('SIGKILL')
  await fleet.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
