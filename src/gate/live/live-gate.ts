import { join } from 'node:path'
import { serverLabel, type RunAnalysis, type RunCollector } from '../../analysis/analyse-run.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { RunLoad } from '../../load/run-load.js'
import { openClips } from '../../measure/prepare-clip.js'
import type { Point, ServerSettings } from '../../scenario/plan/plan.js'
import { hideHeaders } from '../../scenario/text/hide-headers.js'
import { maskAddresses } from '../../system/secret-address.js'
import { UserError } from '../../system/user-error.js'
import { metricsThatFit, parseMetrics } from '../choose-metrics.js'
import { gateDesign } from '../decision/gate-design.js'
import { failureNotes } from '../failure-notes.js'
import type { GatedMetric } from '../gated-metric.js'
import { gateExitCode, gateVerdict, type GateResult, type InconclusivePolicy } from '../gate-result.js'
import { metricsAt } from './choose-point.js'
import { mostPairs } from './gate-budget.js'
import { planSide, requireSameLoad, type PlannedSide, type SideRequest } from './plan-side.js'
import { runPairs, type PairsProgress, type Side } from './run-pairs.js'
import { openSide, type SideRun } from './side-run.js'
import { openPairStarter, startFirst } from './start-pairs.js'

export interface LiveGateRequest extends SideRequest {
  /** Server specifications, as `--server` takes them. */
  baseline: string
  candidate: string
  /** `--metrics`, as written. */
  metrics?: string | undefined
  inconclusive: InconclusivePolicy
  /** Seconds that the gate may take; undefined for the default. */
  budgetS?: number | undefined
  /** A new folder. The runs of the two sides are saved in its folders `baseline` and `candidate`. */
  folder: string
}

export interface LiveGateObserver {
  status: (text: string) => void
  loadProgress: (progress: LoadProgress) => void
  pairDone: (progress: PairsProgress) => void
  /** What the reader has to know before the end. */
  notice: (text: string) => void
}

/**
 * Measures two servers in turn and decides if the candidate is slower. Both servers run at the same time and only one
 * is under load, so the two sides of a pair are seconds apart. Each pair gets new processes of both servers: two
 * processes of one server differ for as long as they live (1.6 % in FPS, bench/gate/RESULTS.md), and pairs of the same
 * two processes would show that as a change. The processes of several pairs start at once, before these pairs are
 * measured, so that no start takes CPU from a window.
 *
 * @param collect collects the measurements of the run in a folder, one after the other
 * @param openRunLoad called once both sides are planned; returns what runs their loads. Default: the threads of this
 *   process
 * @returns undefined if the gate was interrupted; the runs keep what was measured
 * @throws UserError before anything is measured if the scenario, its thresholds or a flag is wrong (exit 2), later if a
 *   server or the machine cannot be used (exit 3)
 */
export async function liveGate(
  request: LiveGateRequest,
  {
    signal,
    observer,
    collect,
    openRunLoad,
  }: {
    signal: AbortSignal
    observer: LiveGateObserver
    collect: (folder: string) => RunCollector
    openRunLoad?: (points: readonly Point[]) => Promise<RunLoad | undefined>
  },
): Promise<GateResult | undefined> {
  const chosen = request.metrics === undefined ? undefined : parseMetrics(request.metrics)
  const baseline = await planSide(request, request.baseline, 'baseline')
  const candidate = await planSide(request, request.candidate, 'candidate')
  requireSameLoad(baseline.point, candidate.point)
  const metrics = metricsAt(candidate.point, chosen)
  const startedAt = new Date()
  const runLoad = await openRunLoad?.([baseline.point, candidate.point])
  const clips = openClips({ signal, onProgress: observer.status })
  async function open(side: Side, { manifest, point }: PlannedSide): Promise<SideRun> {
    const run = await openSide(join(request.folder, side), manifest, point, {
      signal,
      clips,
      collect,
      onStatus: (text) => observer.status(`${side}: ${text}`),
      onLoadProgress: observer.loadProgress,
      runLoad,
    })
    return {
      ...run,
      start: (count) => nameSide(side, () => run.start(count)),
      requestRate: () => nameSide(side, () => run.requestRate()),
      measure: (pair) => nameSide(side, () => run.measure(pair)),
    }
  }
  const sides = {
    baseline: await open('baseline', baseline),
    candidate: await open('candidate', candidate),
  }
  const outcome = await measureAndStop(sides, signal, async () => {
    const now = await startFirst(sides)
    const fitting = await fitMetrics(sides, candidate.point, metrics, chosen !== undefined)
    for (const note of fitting.notes) observer.notice(note)
    const startPairs = openPairStarter(sides, await pairBytes(sides), () => process.availableMemory())
    const { budgetS } = request
    const budget = {
      seconds: budgetS ?? gateDesign.budgetS,
      leastPairs: budgetS === undefined ? gateDesign.looks[0] : 0,
      now,
    }
    const atOnce = Math.min(gateDesign.pairsAtOnce, mostPairs(budget, candidate.point.measure))
    const more = atOnce > 1 ? await startPairs(atOnce - 1) : 0
    const measured = await runPairs({
      metrics: fitting.metrics,
      seed: candidate.loaded.seed,
      ready: 1 + more,
      startPairs,
      async measureSide(side, pair) {
        const measured = await sides[side].measure(pair)
        sides[side].moveOn()
        return measured
      },
      onProgress(progress) {
        observer.pairDone(progress)
        if (progress.pairs === 1) warnOfLongWindows(progress, budgetS, observer)
      },
      budget,
    })
    return { ...measured, notes: fitting.notes }
  })
  if (outcome === undefined) return undefined
  const analyses = { baseline: await sides.baseline.end(), candidate: await sides.candidate.end() }
  const { thresholds } = analyses.candidate
  const { decisions, discarded, gaveUp, pairs } = outcome
  const verdict = gateVerdict({ metrics: decisions, thresholds, invalid: gaveUp })
  return {
    verdict,
    exitCode: gateExitCode(verdict, request.inconclusive),
    kind: 'live',
    scenario: candidate.loaded.name,
    baseline: sideLabel(request.baseline, analyses.baseline, request.baselineSet),
    candidate: sideLabel(request.candidate, analyses.candidate, request.candidateSet),
    metrics: decisions,
    thresholds,
    pairs: pairs.length,
    measuredPairs: pairs,
    notes: [
      ...outcome.notes,
      ...discarded.map((reason) => `pair discarded (invalid measurement): ${reason}`),
      ...failureNotes('baseline', analyses.baseline),
      ...failureNotes('candidate', analyses.candidate),
      ...sameProcessNotes({ baseline: baseline.point.server, candidate: candidate.point.server }),
    ],
    startedAt: startedAt.toISOString(),
    durationS: (Date.now() - startedAt.getTime()) / 1000,
  }
}

/**
 * `http://10.0.0.1:8080 (TorchServe 0.12.0)`, `embedded:tau=2ms (simulated), model.version=2.0`: no word of the label
 * twice, and what was set for this side only.
 */
function sideLabel(written: string, { subjects }: RunAnalysis, sideSet: readonly string[] = []): string {
  const label = serverLabel(subjects)
  const specification = hideHeaders(written)
  const [kind] = specification.split(':')
  const server = label.startsWith(`${kind} `)
    ? `${specification}${label.slice(kind!.length)}`
    : `${specification} (${label})`
  // The address of a server has no credentials: they are refused.
  return [server, ...sideSet.map((text) => maskAddresses(hideHeaders(text)))].join(', ')
}

/** Errors of a side say which one it was: both servers may have the same name. */
async function nameSide<T>(side: Side, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const { message, parts, exitCode, cause } = error
    const where = parts.where === undefined ? `the ${side}` : `the ${side}: ${parts.where}`
    throw new UserError(message, { ...parts, where, exitCode, cause })
  }
}

/** Memory of a process of each side together, bytes; undefined if one is unknown. */
async function pairBytes({ baseline, candidate }: Record<Side, SideRun>): Promise<number | undefined> {
  const [one, other] = [await baseline.processBytes(), await candidate.processBytes()]
  return one === undefined || other === undefined ? undefined : one + other
}

/** The metrics that the windows can hold, by the requests that are answered. */
async function fitMetrics(
  sides: Record<Side, SideRun>,
  { measure }: Point,
  metrics: readonly GatedMetric[],
  chosen: boolean,
): Promise<{ metrics: readonly GatedMetric[]; notes: string[] }> {
  // Cameras send at their own rate, but the server has to keep up. The window of `passes` has a number of requests.
  if (measure.passes !== undefined) return { metrics, notes: [] }
  const baseline = await sides.baseline.requestRate()
  const candidate = await sides.candidate.requestRate()
  // A metric that was chosen is not refused because the candidate became too slow for it: that is a finding of the gate, and
  // so is a side that answers nothing.
  const requestRate = chosen ? baseline : Math.min(baseline, candidate)
  if (requestRate === 0) return { metrics, notes: [] }
  return metricsThatFit(metrics, { requestRate, durationS: measure.durationS, chosen })
}

/** Before the second pair: says how long the gate will take if that is longer than its default budget. */
function warnOfLongWindows(
  { pairS }: PairsProgress,
  budgetS: number | undefined,
  observer: LiveGateObserver,
): void {
  const leastS = gateDesign.looks[0] * pairS
  if (budgetS !== undefined || leastS <= gateDesign.budgetS) return
  observer.notice(
    `A pair takes ${Math.round(pairS)} s here, so the ${gateDesign.looks[0]} pairs of a first decision take about ` +
      `${Math.ceil(leastS / 60)} minutes. Shorter windows (measure.durationS) decide sooner.`,
  )
}

/** Stops both servers in all cases. Undefined if the gate was interrupted. */
async function measureAndStop<Outcome>(
  sides: Record<Side, SideRun>,
  signal: AbortSignal,
  measurePairs: () => Promise<Outcome>,
): Promise<Outcome | undefined> {
  try {
    return await measurePairs()
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    await Promise.allSettled([sides.baseline.stop(), sides.candidate.stop()])
  }
}

/**
 * Two processes of one TorchServe differ by some 2 % in FPS for as long as they live (bench/gate/RESULTS.md). A gate
 * restarts its servers for each pair. If it only has the address of a server, it cannot, and a note says so.
 */
export function sameProcessNotes(servers: Record<Side, ServerSettings>): string[] {
  const kept = (['baseline', 'candidate'] as const).filter((side) => servers[side].kind === 'url')
  if (kept.length === 0) return []
  const [subject, verb] =
    kept.length === 1 ? [`the ${kept[0]} server`, 'was'] : ['the baseline and candidate servers', 'were']
  return [
    `${subject} ${verb} not restarted for each pair. Two processes of the same server can differ by about 2 % in FPS, ` +
      'and such a difference counts as a change here. Restart the server and run the gate again to tell the two apart.',
  ]
}
