/*
 * Searches the capacity of seeded servers on the virtual clock, with calibration, as the command does on a real one, and
 * compares it with the truth: what the server carries for a day. An answer has to be at most the truth, and at most one
 * camera (or edge device) or 5 % below it.
 *
 *   node dist/bench/capacity/search-on-seeded-servers.js [first seed] [last seed] [--truth FILE]
 *
 * The truth takes about half an hour for 40 servers. It is written to FILE, one line of JSON per seed, and read from it if it
 * is there.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { median } from 'simple-statistics'
import type { SettingCapacity } from '../../src/capacity/capacity-run.js'
import { capacitySettings } from '../../src/capacity/capacity-setting.js'
import { measureCapacity } from '../../src/capacity/live/measure-capacity.js'
import { summarised, virtualMeasurement } from '../../src/capacity/live/virtual-server.test.support.js'
import type { Interval } from '../../src/capacity/search/intervals.js'
import { formatSetting } from '../../src/report/format/format.js'
import type { Point } from '../../src/scenario/plan/plan.js'
import { mixSeeds } from '../../src/system/seeded-random.js'
import { seededServer, trueServiceTimes, type SeededServer } from './seeded-server.js'
import { seededTruth, truePlanning, wideRegions, type SeededTruth } from './seeded-truth.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { truth: { type: 'string' } },
})
const [first = 1, last = 40] = positionals.map(Number)
const say = (text: string) => process.stdout.write(`${text}\n`)

/** Seconds of measured windows, without calibration, of the search that this one replaced (seeds 1 to 40). */
const earlierS = [
  12_699, 551, 302, 278, 914, 166, 324, 793, 785, 236, 190, 183, 731, 195, 208, 274, 360, 387, 106, 75, 419,
  152, 339, 459, 146, 114, 760, 176, 423, 122, 1057, 640, 588, 111, 252, 793, 315, 712, 988, 318,
]

/** A point on a seeded server; its number of cameras has no meaning. */
function pointOf({ setting }: SeededServer): Point {
  const { framesPerRequest, server, load } = setting
  const batchSize = framesPerRequest * server.serverBatchSize
  return {
    id: 1,
    video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
    server: {
      kind: 'torchserve',
      workers: server.workers,
      config: { job_queue_size: server.queueCapacity },
    },
    model: { name: 'm', weights: 'seeded', request: { field: 'f{i}', json: 'object' }, answer: 'none' },
    batching: {
      mode: framesPerRequest > 1 ? 'client' : 'server',
      framesPerRequest,
      serverBatchSize: server.serverBatchSize,
      batchSize,
      ...(server.serverBatchSize > 1 && { maxBatchDelayMs: server.maxBatchDelayMs }),
      encoding: 'raw',
    },
    load: { ...load, cameras: 1 },
    measure: { warmupMaxS: 5, durationS: 10, repetitions: 1, deadlineMs: setting.deadlineMs },
    slo: { latencyMs: setting.sloMs, percentile: 99 },
  }
}

interface Searched {
  state: SettingCapacity
  /** Windows of the search alone, and everything: warm-ups and calibration too. */
  windowsS: number
  totalS: number
  cpuS: number
}

async function search(server: SeededServer, seed: number): Promise<Searched> {
  const { overhead, server: simulated } = server.setting
  const virtual = {
    ...server.times,
    workers: simulated.workers,
    lossMs: 0,
    overhead,
    logs: true,
    serviceTimes: trueServiceTimes(server),
  }
  let windowsS = 0
  let totalS = 0
  const startUs = process.cpuUsage().user
  let calibrating = true
  const run = await measureCapacity({
    settings: capacitySettings([pointOf(server)], `seed ${seed}`, formatSetting),
    seed,
    async measure(point, planned) {
      const { durationS, warmupMaxS } = point.measure
      if (!calibrating) windowsS += durationS
      totalS += durationS + warmupMaxS
      const phased = { ...planned, point: mixSeeds(planned.point, seed, 0x7e57) }
      return summarised(virtualMeasurement(virtual, point, phased))
    },
    save: async () => undefined,
    onEvent: ({ kind }) => (calibrating &&= kind !== 'measuring'),
  })
  return { state: run.settings[0]!, windowsS, totalS, cpuS: (process.cpuUsage().user - startUs) / 1e6 }
}

const known = new Map<number, SeededTruth>()
if (flags.truth !== undefined && existsSync(flags.truth))
  for (const line of readFileSync(flags.truth, 'utf8').trim().split('\n')) {
    const { seed, ...truth }: SeededTruth & { seed: number } = JSON.parse(line)
    known.set(seed, truth)
  }

function truthOf(server: SeededServer, seed: number): SeededTruth {
  const before = known.get(seed)
  if (before !== undefined) return before
  const truth = seededTruth(server, seed)
  if (flags.truth !== undefined) appendFileSync(flags.truth, `${JSON.stringify({ seed, ...truth })}\n`)
  return truth
}

const overlaps = ([from, to]: Interval, others: readonly Interval[]) =>
  others.some(([low, high]) => low <= to && high >= from)

say(
  '| seed | server | SLO | truth | answer | fails at, by | | regions of 3 cameras and 10 % | search | of before | with calibration | CPU |',
)
say('|---|---|---|---|---|---|---|---|---|---|---|---|')
const shares: number[] = []
const totals: number[] = []
let above = 0
let below = 0
let regionsMissed = 0
for (let seed = first; seed <= last; seed++) {
  const server = seededServer(seed)
  const { setting } = server
  const truth = truthOf(server, seed)
  const [low, high] = [truePlanning(truth, 'fails'), truePlanning(truth, 'passes')]
  const { state, windowsS, totalS, cpuS } = await search(server, seed)
  const { found, infeasible } = state
  const answer = found?.planning ?? 0
  const isAbove = answer > high
  const isBelow = answer < low - Math.max(truth.step, 0.05 * low)
  if (isAbove) above++
  if (isBelow) below++
  const wide = wideRegions(truth)
  const missed = wide.filter((region) => !overlaps(region, found?.passing ?? []))
  regionsMissed += missed.length
  const share = windowsS / earlierS[seed - 1]!
  shares.push(share)
  totals.push(totalS)
  const { serverBatchSize, workers, maxBatchDelayMs } = setting.server
  const binding = found?.failureSustained === undefined ? found?.failure?.binding : 'sustained'
  say(
    `| ${[
      seed,
      `K${setting.framesPerRequest} B${serverBatchSize} D${maxBatchDelayMs} W${workers} ${setting.load.fps} fps`,
      `${setting.sloMs} ms`,
      low === high ? low : `${low} to ${high}`,
      answer,
      infeasible?.reason ?? `${found?.failsAt ?? ''} ${binding ?? ''}`,
      isAbove ? '**above**' : isBelow ? '**below**' : 'ok',
      missed.length > 0 ? `missed ${JSON.stringify(missed)}` : wide.length,
      `${windowsS.toFixed(0)} s`,
      `${(100 * share).toFixed(0)} %`,
      `${totalS.toFixed(0)} s`,
      `${cpuS.toFixed(1)} s`,
    ].join(' | ')} |`,
  )
}
const most = Math.max(...shares)
say(
  `\n${last - first + 1} servers: ${above} answers above the truth, ${below} more than one camera and 5 % below it, ` +
    `${regionsMissed} regions missed; time of the search ${(100 * median(shares)).toFixed(0)} % of before in the median, ` +
    `${(100 * most).toFixed(0)} % at most; with calibration ${median(totals).toFixed(0)} s in the median, ` +
    `${Math.max(...totals).toFixed(0)} s at most`,
)
process.exitCode = above === 0 && below <= 2 && regionsMissed === 0 ? 0 : 1
