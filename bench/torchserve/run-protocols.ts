import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { median } from 'simple-statistics'
import { analyseRun, type RunAnalysis } from '../../src/analysis/analyse-run.js'
import type { MeasurementSummary } from '../../src/analysis/measurement-summary.js'
import { formatBatching } from '../../src/report/format/format.js'
import { readSamples } from '../../src/run/read-samples.js'
import { readServerBatches } from '../../src/run/read-server-batches.js'
import { pathInRun, readManifest } from '../../src/run/run-folder.js'
import type { Point } from '../../src/scenario/plan/plan.js'
import { countMatches, holds } from '../server-truth/count-matches.js'

/*
 * HTTP against gRPC on the real TorchServe: the batch sweep over both protocols, and what gRPC costs or saves with frames of
 * 40 KB and of 400 KB. Holds answers, accounting and FPS against the server's own log and counters, and prints the rows for
 * RESULTS.md. Needs a quiet machine, for about 20 minutes with all defaults.
 *
 *   node dist/bench/torchserve/run-protocols.js [sweep] [cost] [--seconds 10] [--repetitions 1] [--append bench/torchserve/RESULTS.md]
 *
 * `--set` goes to each run of `bench`, such as `--set 'load={ kind: closed, framesInFlight: 16 }'`. `--server embedded` tries
 * the script itself.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: 'string', default: 'torchserve' },
    seconds: { type: 'string', default: '10' },
    repetitions: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
    append: { type: 'string' },
  },
})
const run = promisify(execFile)
const fromDist = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const say = (line: string) => process.stderr.write(`${line}\n`)
const isAsked = (part: string) => positionals.length === 0 || positionals.includes(part)

/** The size at which a frame of the included clip has about so many KB at quality 2. */
const sizes = [
  { kilobytes: 40, size: '640x480' },
  { kilobytes: 400, size: '3456x2592' },
]

const folder = await mkdtemp(join(tmpdir(), 'framestorm-protocols-'))
const failed: string[] = []
const lines: string[] = []
try {
  if (isAsked('sweep')) {
    lines.push(await compareAnswers(), '')
    const out = await bench('scenarios/batch-sweep.yaml', 'sweep', [])
    const analysis = await analyseRun(out)
    lines.push(...fpsTable(analysis), '', ...(await checksTable(out, analysis)), '')
  }
  if (isAsked('cost')) lines.push(...(await costTable()), '')
} finally {
  await rm(folder, { recursive: true })
}
process.stdout.write(`${lines.join('\n')}\n`)
if (values.append !== undefined) await appendFile(values.append, `\n${lines.join('\n')}`)
if (failed.length > 0) say(`does not hold: ${failed.join('; ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** Runs the scenario over both protocols on one process of the server, and returns the folder of the run. */
async function bench(scenario: string, name: string, changes: readonly string[]): Promise<string> {
  const out = join(folder, name)
  const settings = [
    `server={ kind: ${values.server}, protocol: [http, grpc] }`,
    `measure.durationS=${values.seconds}`,
    `measure.repetitions=${values.repetitions}`,
    ...changes,
    ...values.set,
  ]
  say(`${name}: bench ${scenario} ${settings.join(' ')}`)
  const args = ['bench', scenario, '--out', out, ...settings.flatMap((setting) => ['--set', setting])]
  // Exit code 4 is a run with INVALID points, whose number is part of the rows.
  await run(process.execPath, [fromDist('src/cli/main.js'), ...args]).catch((error: { code?: number }) => {
    if (error.code !== 4) throw error
  })
  return out
}

/** The answers of both protocols to the same 24 frames, each from a process of its own. */
async function compareAnswers(): Promise<string> {
  const servers = [values.server, `${values.server}:protocol=grpc`]
  const { stdout } = await run(process.execPath, [fromDist('bench/servers/compare-answers.js'), ...servers])
  const differences = [...stdout.matchAll(/protocol=grpc .*largest difference (\S+)/g)].map(([, one]) =>
    Number(one),
  )
  require('answers of both protocols', differences.length === 2 && differences.every((one) => one < 1e-5))
  return `Answers over gRPC and over HTTP to the same frames, one and four per request: largest difference ${Math.max(...differences)}.`
}

/** Records what does not hold. */
function require(what: string, isTrue: boolean): void {
  if (!isTrue) failed.push(what)
}

function isGrpc({ batching }: Point): boolean {
  return batching.protocol === 'grpc'
}

/** FPS under closed load: a row per mode and protocol, a column per batch size. */
function fpsTable({ points }: RunAnalysis): string[] {
  const closed = points.filter(({ point }) => point.load.kind === 'closed')
  const batchSizes = [...new Set(closed.map(({ point }) => point.batching.batchSize))].toSorted(
    (a, b) => a - b,
  )
  const rows = ['server', 'client'].flatMap((mode) =>
    [false, true].map((overGrpc) => {
      const cells = batchSizes.map((batchSize) => {
        const found = closed.find(
          ({ point }) =>
            point.batching.mode === mode &&
            point.batching.batchSize === batchSize &&
            isGrpc(point) === overGrpc,
        )
        return found?.fps?.median.toFixed(1) ?? ''
      })
      return [`${mode} batching over ${overGrpc ? 'gRPC' : 'HTTP'}, FPS`, ...cells]
    }),
  )
  return markdown(['closed load', ...batchSizes.map((size) => `batch ${size}`)], rows)
}

/** What of a sweep can be held against the server itself. */
async function checksTable(out: string, { measurements }: RunAnalysis): Promise<string[]> {
  const manifest = await readManifest(out)
  const truth = { answered: 0, sent: 0, counted: 0, inexact: 0, largestShare: 0 }
  for (const record of manifest.measurements) {
    const { requests } = await readSamples(pathInRun(out, record.sampleFile))
    const log = readServerBatches(pathInRun(out, record.batchLogFile!))
    const matches = countMatches(requests, [...log])
    const sent = requests.sentUs.reduce((count, us) => count + Number(!Number.isNaN(us)), 0)
    const counted = record.observations?.serverCounted?.requests ?? Number.NaN
    truth.answered += matches.answered
    truth.sent += sent
    truth.counted += counted
    truth.inexact += Number(!holds(matches))
    truth.largestShare = Math.max(truth.largestShare, Math.abs(counted / sent - 1))
  }
  const answers = measurements.flatMap(({ answers: one }) => one ?? [])
  const sum = (of: (one: (typeof answers)[number]) => number) =>
    answers.reduce((total, one) => total + of(one), 0)
  const wrong = sum((one) => one.wrong)
  const unaccounted = measurements.filter(
    ({ counts: { scheduled, byOutcome } }) =>
      scheduled !== Object.values(byOutcome).reduce((a, b) => a + b, 0),
  )
  const unanswered = measurements.filter(({ counts: { scheduled, byOutcome } }) => byOutcome.ok < scheduled)
  const invalid = measurements.filter(({ validity }) => validity === 'INVALID')
  require('wrong answers', wrong === 0)
  require('accounting', unaccounted.length === 0 && truth.inexact === 0)
  require('FPS within 1 % of the counters', truth.largestShare <= 0.01)
  require('all measured', manifest.measurements.length >= manifest.plan.order.length)
  const overGrpc = (some: readonly MeasurementSummary[]) =>
    some.filter(({ point }) => {
      const planned = manifest.plan.points.find(({ id }) => id === point)
      return planned !== undefined && isGrpc(planned)
    }).length
  return markdown(
    ['asked of this run', 'found'],
    [
      [
        'answers compared with that to the same frame alone',
        `${sum((one) => one.compared)} compared, ${wrong} wrong, largest difference ${Math.max(0, ...answers.map((one) => one.largestDeviation)).toExponential(1)}`,
      ],
      [
        "answered requests that stand in exactly one batch of the server's log",
        truth.inexact === 0
          ? `all ${truth.answered}, over both protocols; no orphan on either side`
          : `does not hold in ${truth.inexact} measurements`,
      ],
      [
        "TorchServe's own count (`ts_inference_requests_total`) against requests sent",
        `${truth.counted} and ${truth.sent}; largest difference of a measurement ${(100 * truth.largestShare).toFixed(2)} %, and so of its FPS`,
      ],
      [
        'frames scheduled = sum of their outcomes',
        `in ${measurements.length - unaccounted.length} of ${measurements.length} measurements (${overGrpc(measurements)} over gRPC); ${unanswered.length} with frames that were not answered`,
      ],
      [
        'measurements that may not be believed',
        `${invalid.length} of ${measurements.length}, ${overGrpc(invalid)} of them over gRPC`,
      ],
    ],
  )
}

/** FPS, latency and CPU of both protocols for each size of frames. */
async function costTable(): Promise<string[]> {
  const rows: string[][] = []
  for (const { kilobytes, size } of sizes) {
    const changes = [`video.size=${size}`, 'video.quality=2', 'video.frames=48']
    const out = await bench('scenarios/rest-or-grpc.yaml', `${kilobytes} KB`, changes)
    const { points, measurements, subjects } = await analyseRun(out)
    const bytes = subjects.find(({ video }) => video !== undefined)?.video?.jpegBytesMean ?? Number.NaN
    const wrong = measurements.filter(({ answers }) => (answers?.wrong ?? 0) > 0)
    require(`answers at ${kilobytes} KB`, wrong.length === 0)
    for (const { point } of points.filter((one) => !isGrpc(one.point))) {
      const twin = points.find((one) => isGrpc(one.point) && hasSameBatches(one.point, point))
      if (twin === undefined) continue
      const both = [point.id, twin.point.id].map((id) => measurements.filter((one) => one.point === id))
      const cell = (figure: (one: MeasurementSummary) => number | undefined, digits: number) =>
        both.map((some) => formatMedian(some.map(figure), digits)).join(' → ')
      rows.push([
        `${Math.round(bytes / 1000)} KB, ${formatBatching(point)}`,
        cell(({ fps }) => fps, 1),
        cell(({ requestLatency }) => requestLatency.p50?.value, 1),
        cell(({ loadCpuShare = Number.NaN, fps }) => (1e6 * loadCpuShare) / fps, 0),
        cell(({ observations: { serverCpuCores = Number.NaN }, fps }) => (1e3 * serverCpuCores) / fps, 1),
      ])
    }
  }
  const head = [
    'HTTP → gRPC',
    'FPS',
    'request latency p50, ms',
    'client CPU per frame, µs',
    'server CPU per frame, ms',
  ]
  return markdown(head, rows)
}

function hasSameBatches({ batching: one }: Point, { batching: other }: Point): boolean {
  return one.framesPerRequest === other.framesPerRequest && one.serverBatchSize === other.serverBatchSize
}

function formatMedian(some: readonly (number | undefined)[], digits: number): string {
  const known = some.flatMap((value) => (value === undefined || Number.isNaN(value) ? [] : [value]))
  return known.length === 0 ? '?' : median(known).toFixed(digits)
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
