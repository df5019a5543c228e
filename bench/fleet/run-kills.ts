import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { readManifest } from '../../src/run/run-folder.js'
import { openSamples } from '../../src/run/read-samples.js'
import { packageRoot } from '../../src/system/package-root.js'
import { isProcessAlive } from '../../src/system/processes/hold-lock.js'
import { seededRandom } from '../../src/system/seeded-random.js'
import { fileHeadBytes } from '../../src/run/record-block.js'

/*
 * Kills (SIGKILL) an agent, the broker or the coordinator of `bench --agents local:2` at random moments, from the start of
 * the command until after the end of its load. Each time: the verdict must be right, nothing that was measured may be lost,
 * no process may be left, and `--resume` must complete the run. Arguments: the number of kills, and a seed. A moment at
 * which the process was not there, yet or any more, is no kill. Exits with 1 if something was wrong.
 */
const [kills = 30, seed = 1] = process.argv.slice(2).map(Number)
/** On a machine with two cores a load begins 3 to 7 s after the command, and ends 6 s later. */
const latestKillMs = 12_000
const victims = ['agent', 'broker', 'coordinator'] as const
const goneWithinMs = 20_000

const scenario = `name: kills
video: { source: testsrc, frames: 20, size: 160x120 }
server: embedded:tau=2ms,alpha=1ms
batching: { mode: server, batchSize: 2, maxBatchDelayMs: 10 }
load: { kind: cameras, cameras: 6, fps: 10 }
measure: { warmupMaxS: 0.5, durationS: 4, repetitions: 1 }
slo: { latencyMs: 2000, percentile: 50 }
`

const main = join(packageRoot, 'dist/src/cli/main.js')
const flags = ['--agents', 'local:2']
const lockSchema = z.object({ pid: z.int() })

interface Process {
  pid: number
  parent: number
  name: string
}

/** From /proc, because a process may change the arguments that ps shows. */
async function processes(): Promise<Process[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    ids.map(async (id) => {
      const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
      const [, name, parent] = /^\d+ \((.*)\) . (\d+)/s.exec(text) ?? []
      return { pid: Number(id), parent: Number(parent), name: name ?? '' }
    }),
  )
  return found.filter(({ parent }) => parent > 0)
}

async function descendants(of: number): Promise<Process[]> {
  const all = await processes()
  const below = (parent: number): Process[] =>
    all.flatMap((one) => (one.parent === parent ? [one, ...below(one.pid)] : []))
  return below(of)
}

async function agentPid(out: string): Promise<number | undefined> {
  const text = await readFile(join(out, 'agents/local-2/agent.lock'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : lockSchema.parse(JSON.parse(text)).pid
}

/** The samples that an agent keeps, beyond the head of the file. */
async function keptBytes(out: string): Promise<number> {
  const folder = join(out, 'agents/local-2/samples')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.samples'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + Math.max(0, size - fileHeadBytes), 0)
}

function bench(args: readonly string[]) {
  const child = spawn(process.execPath, [main, 'bench', ...args, ...flags], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (said += data.toString()))
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, said })),
  )
  return { child, ended }
}

/** What is wrong with the only measurement of a run; undefined if nothing is. */
async function mistakeIn(out: string, code: number | null): Promise<{ mistake?: string; complete: boolean }> {
  const record = await readManifest(out).then(
    ({ measurements }) => measurements[0],
    () => undefined,
  )
  if (record === undefined) return { mistake: 'no measurement was saved', complete: false }
  const agents = record.agents ?? []
  if (!record.complete) {
    const lost = agents.filter((one) => one.lost !== undefined).map(({ site }) => site)
    if (lost.join() !== 'local-2') return { mistake: `lost: ${lost.join() || 'nobody'}`, complete: false }
    if (code !== 4) return { mistake: `exit code ${code} with a lost agent`, complete: false }
    return { complete: false }
  }
  // The machine may be too busy for a VALID measurement (exit code 4), but its samples are all there.
  if (code !== 0 && code !== 4) return { mistake: `exit code ${code}`, complete: true }
  let frames = 0
  for (const part of openSamples(join(out, record.sampleFile)).parts('sentUs'))
    for (let row = 0; row < part.frames.count; row++) if (part.frames.phase[row] === 1) frames++
  const planned = agents.reduce((sum, { framesPlanned = 0 }) => sum + framesPlanned, 0)
  return frames === planned
    ? { complete: true }
    : { mistake: `${frames} of ${planned} frames recorded`, complete: true }
}

async function untilGone(started: readonly Process[]): Promise<string | undefined> {
  for (const until = Date.now() + goneWithinMs; ; await sleep(100)) {
    const left = started.filter(({ pid }) => isProcessAlive(pid))
    if (left.length === 0) return undefined
    if (Date.now() > until) return `left behind: ${left.map(({ name, pid }) => `${name} ${pid}`).join(', ')}`
  }
}

async function killOnce(
  victim: (typeof victims)[number],
  atMs: number,
  folder: string,
): Promise<{ wasThere: boolean; found: string[] }> {
  const out = join(folder, 'run')
  const file = join(folder, 'kills.yaml')
  await writeFile(file, scenario)
  const { child, ended } = bench([file, '--out', out])
  await sleep(atMs)
  const started = await descendants(child.pid!)
  const broker = started.find(({ name }) => name === 'nats-server')?.pid
  const pid = { agent: await agentPid(out), broker, coordinator: child.pid }[victim]
  const wasThere = pid !== undefined && child.exitCode === null && isProcessAlive(pid)
  if (wasThere) process.kill(pid, 'SIGKILL')
  const kept = wasThere && victim === 'agent' ? await keptBytes(out) : 0
  const first = await ended
  const mistakes = [await untilGone(started)]
  let verdict = wasThere ? '' : 'was not there; '
  if (victim === 'coordinator' && wasThere) verdict += 'killed'
  else {
    const { mistake, complete } = await mistakeIn(out, first.code)
    mistakes.push(mistake)
    verdict += complete ? 'complete' : 'agent lost'
    if (victim !== 'agent' && !complete) mistakes.push(`incomplete although no agent was killed`)
  }
  if (mistakes.some((one) => one !== undefined)) verdict += `\n${first.said}`
  const hasRun = await stat(join(out, 'run.json')).then(
    () => true,
    () => false,
  )
  if (hasRun) {
    const resumed = await bench(['--resume', out]).ended
    const { mistake, complete } = await mistakeIn(out, resumed.code)
    mistakes.push(mistake === undefined ? undefined : `resumed: ${mistake}`)
    if (!complete) mistakes.push('resumed: not complete')
    const recovered = (await readdir(join(out, 'agents')).catch(() => [])).filter((name) =>
      name.endsWith('.bin'),
    )
    const stillKept = await keptBytes(out)
    if (verdict.startsWith('agent lost') && kept > 0 && recovered.length === 0 && stillKept === 0)
      mistakes.push(`${kept} bytes of samples of the killed agent are gone`)
    verdict += `, resumed${recovered.length > 0 ? ', samples of the killed agent recovered' : ''}`
    if (mistakes.some((one) => one !== undefined)) verdict += `\n---\n${resumed.said}`
  }
  const found = mistakes.filter((one) => one !== undefined)
  process.stdout.write(
    `${(atMs / 1000).toFixed(1)} s ${victim}: ${verdict}${found.length > 0 ? `: WRONG: ${found.join('; ')}` : ''}\n`,
  )
  return { wasThere, found }
}

const random = seededRandom(seed)
let wrong = 0
for (let done = 0; done < kills;) {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-kills-'))
  const { wasThere, found } = await killOnce(victims[done % victims.length]!, random() * latestKillMs, folder)
  if (found.length > 0) wrong++
  if (wasThere) done++
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${kills} kills, ${wrong} with a wrong outcome\n`)
process.exitCode = wrong > 0 ? 1 : 0
