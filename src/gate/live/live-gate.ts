import { join } from 'node:path'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import { createClipSlot } from '../../measure/clip-slot.js'
import { writeRunOutputs } from '../../report/write-run-outputs.js'
import { parseMetrics } from '../choose-metrics.js'
import { figuresOfPoint } from '../../analysis/figures-of-run.js'
import type { GateResult, InconclusivePolicy } from '../gate-result.js'
import { gateExitCode, gateVerdict } from '../gate-result.js'
import { writeOutputs } from '../../report/gate/write-gate-outputs.js'
import { evaluateThresholds } from '../../analysis/thresholds/evaluate-thresholds.js'
import { parseThresholds } from '../../scenario/grammar/parse-thresholds.js'
import type { ThresholdResult } from '../../analysis/thresholds/threshold-result.js'
import { choosePoint, metricsAt } from './choose-point.js'
import type { PairsOutcome, PairsProgress, Side } from './run-pairs.js'
import { runPairs } from './run-pairs.js'
import type { SideRun } from './side-run.js'
import { openSide } from './side-run.js'
import { newManifest } from '../../measure/new-manifest.js'
import type { Point } from '../../scenario/plan/plan.js'
import { planScenario } from '../../scenario/plan/plan-scenario.js'
import type { RunManifest } from '../../run/run-manifest.js'
import type { LoadedScenario } from '../../scenario/load-scenario.js'
import { loadScenario } from '../../scenario/load-scenario.js'
import type { ServerSettings } from '../../scenario/schema/settings.js'

export interface LiveGateRequest extends SideRequest {
  /** Server specifications, as `--server` takes them. */
  baseline: string
  candidate: string
  /** `--metrics`, as written. */
  metrics?: string
  inconclusive: InconclusivePolicy
  /** New folder: the runs of the two sides in `baseline` and `candidate`, and the gate's outputs beside them. */
  folder: string
}

export interface LiveGateObserver {
  status: (text: string) => void
  loadProgress: (progress: LoadProgress) => void
  pairDone: (progress: PairsProgress) => void
}

/**
 * Measures two servers in turn and judges the candidate. Both run at the same time and only one is under load, so that
 * a pair is seconds apart; each pair gets new processes of both, because two processes of one server differ for as
 * long as they live (1.6 % in FPS, bench/gate/RESULTS.md), which pairs of the same two would take for a change.
 * Undefined where it was interrupted; the runs keep what was measured.
 *
 * @throws UserError before anything is measured where the scenario, its thresholds or a flag is wrong (exit 2), later
 *   where a server or the machine is not fit (exit 3)
 */
export async function liveGate(
  request: LiveGateRequest,
  {
    signal,
    observer,
    env,
  }: { signal: AbortSignal; observer: LiveGateObserver; env: Record<string, string | undefined> },
): Promise<GateResult | undefined> {
  const chosen = request.metrics === undefined ? undefined : parseMetrics(request.metrics)
  const baseline = await planSide(request, request.baseline)
  const candidate = await planSide(request, request.candidate)
  const thresholds = parseThresholds(candidate.loaded.thresholds, request.scenarioFile)
  const metrics = metricsAt(candidate.point, chosen)
  const startedAt = new Date()
  const clips = createClipSlot({ signal, onProgress: observer.status })
  const open = (name: string, { manifest, point }: PlannedSide) =>
    openSide(join(request.folder, name), manifest, point, {
      signal,
      clips,
      onStatus: (text) => observer.status(`${name}: ${text}`),
      onLoadProgress: observer.loadProgress,
    })
  const sides = {
    baseline: await open('baseline', baseline),
    candidate: await open('candidate', candidate),
  }
  const outcome = await measured(sides, signal, () =>
    runPairs({
      metrics,
      seed: candidate.loaded.seed,
      startSides: () => startBoth(sides),
      measureSide: (side, pair) => sides[side].measure(pair),
      onProgress: observer.pairDone,
    }),
  )
  if (outcome === undefined) return undefined
  const analyses = {
    baseline: await writeRunOutputs(sides.baseline.folder),
    candidate: await writeRunOutputs(sides.candidate.folder),
  }
  const held = evaluateThresholds(
    thresholds,
    analyses.candidate.points.map((point) => figuresOfPoint(point, analyses.candidate.measurements)),
  )
  const label = (side: 'baseline' | 'candidate') =>
    `${request[side]} (${analyses[side].server?.label ?? 'unknown'})`
  const keptProcesses = sameProcessNotes({
    baseline: baseline.point.server,
    candidate: candidate.point.server,
  })
  const { notes, ...verdict } = judged(outcome, held, request.inconclusive)
  const result: GateResult = {
    ...verdict,
    notes: [...notes, ...keptProcesses],
    kind: 'live',
    scenario: candidate.loaded.name,
    baseline: label('baseline'),
    candidate: label('candidate'),
    startedAt: startedAt.toISOString(),
    durationS: (Date.now() - startedAt.getTime()) / 1000,
  }
  await writeOutputs(result, request.folder, env)
  return result
}

/** Both at once; where one fails the other is waited for, so that whoever ends them finds them both. */
async function startBoth({ baseline, candidate }: Record<'baseline' | 'candidate', SideRun>): Promise<void> {
  const started = await Promise.allSettled([baseline.start(), candidate.start()])
  for (const one of started) if (one.status === 'rejected') throw one.reason
}

/** Ends both servers in all cases; undefined where the gate was interrupted. */
async function measured(
  sides: Record<'baseline' | 'candidate', SideRun>,
  signal: AbortSignal,
  measurePairs: () => Promise<PairsOutcome>,
): Promise<PairsOutcome | undefined> {
  try {
    return await measurePairs()
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    await Promise.allSettled([sides.baseline.stop(), sides.candidate.stop()])
  }
}

function judged(
  { decisions, discarded, gaveUp, pairs }: PairsOutcome,
  thresholds: ThresholdResult[],
  inconclusive: InconclusivePolicy,
): Pick<GateResult, 'verdict' | 'exitCode' | 'metrics' | 'thresholds' | 'pairs' | 'measuredPairs' | 'notes'> {
  const verdict = gateVerdict({ metrics: decisions, thresholds, invalid: gaveUp })
  return {
    verdict,
    exitCode: gateExitCode(verdict, inconclusive),
    metrics: decisions,
    thresholds,
    pairs: pairs.length,
    measuredPairs: pairs,
    notes: discarded.map((reason) => `thrown away as INVALID: ${reason}`),
  }
}

interface SideRequest {
  scenarioFile: string
  set?: readonly string[]
  /** Of a scenario with several points. */
  point?: number
}

/** One side before anything is measured: the point, and the manifest of the run that it will be. */
interface PlannedSide {
  loaded: LoadedScenario
  point: Point
  manifest: RunManifest
}

/**
 * Reads the scenario for one server.
 *
 * @throws UserError (exit 2) where the scenario or the choice of a point is wrong
 */
export async function planSide(request: SideRequest, server: string): Promise<PlannedSide> {
  const loaded = await loadScenario(request.scenarioFile, { set: request.set ?? [], server })
  const plan = planScenario(loaded)
  const point = choosePoint(plan, request.point)
  const manifest = newManifest(loaded, { ...plan, points: [point], order: [] }, new Date())
  return { loaded, point, manifest }
}

/**
 * Two processes of one TorchServe differ by some 2 % in FPS for as long as they live (bench/gate/RESULTS.md). A gate
 * starts its servers anew for each pair; of one that it only has the address of it has to say that it could not.
 */
export function sameProcessNotes(servers: Record<Side, ServerSettings>): string[] {
  const kept = (['baseline', 'candidate'] as const).filter((side) => servers[side].kind === 'url')
  if (kept.length === 0) return []
  return [
    `${kept.join(' and ')} could not be started anew for each pair: by how much a process of a server differs from ` +
      'the next for as long as it lives, some 2 %, counts as a change here; a second gate after a restart tells the two apart',
  ]
}
