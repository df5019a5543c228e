/*
 * How well does the simulator predict p99 of a real server? Fits it to what a capacity search measures: closed loads, and
 * camera runs at several loads for some minutes. Then measures 20 camera runs that the fit has not seen, at 70, 85 and
 * 95 % of the capacity that it predicts. Prints for each run whether the predicted 90 % range holds its p99, and compares
 * the width of the range with the spread of the runs.
 *
 *   node dist/bench/capacity/validate-on-torchserve.js [--scenario FILE] [--server SPEC] [--out FOLDER] [--window S]
 *   node dist/bench/capacity/validate-on-torchserve.js --evaluate FOLDER
 *
 * About 11 minutes with windows of 18 s. The second command evaluates a run folder again, without measuring; --server
 * embedded tries it out without a TorchServe. --fit-rounds says how many rounds of the three loads belong to the fit.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { mean, median } from 'simple-statistics'
import { calibrationLoads } from '../../src/capacity/live/calibrate.js'
import { capacitySettings, type CapacitySetting } from '../../src/capacity/capacity-setting.js'
import {
  fitServer,
  extractTrace,
  type FittedServer,
  type PhasedMeasurement,
} from '../../src/capacity/simulator/fit-server.js'
import { predictLatency } from '../../src/capacity/simulator/predict-latency.js'
import { simulatedSetting } from '../../src/capacity/simulator/simulated-setting.js'
import { simulatedCapacity } from '../../src/capacity/sustained/simulated-capacity.js'
import { frameLatencies } from '../../src/analysis/latencies.js'
import { partsOf } from '../../src/run/sample-parts.js'
import { computeQuantile } from '../../src/analysis/percentile.js'
import { measureThroughput } from '../../src/analysis/throughput.js'
import { formatSetting } from '../../src/report/format/format.js'
import { newManifest } from '../../src/measure/new-manifest.js'
import { openRunMeasurer } from '../../src/measure/run-measurer.js'
import { packageRoot } from '../../src/system/package-root.js'
import { knownWorkers, phaseSeed, type LoadSettings } from '../../src/scenario/plan/plan.js'
import { planScenario } from '../../src/scenario/plan/plan-scenario.js'
import { readManifest } from '../../src/run/run-folder.js'
import { readMeasurement } from '../../src/run/read-measurement.js'
import { createRun } from '../../src/run/run-writer.js'
import { loadScenario } from '../../src/scenario/load-scenario.js'

const { values: flags } = parseArgs({
  options: {
    scenario: { type: 'string', default: join(packageRoot, 'bench', 'capacity', 'validation.yaml') },
    server: { type: 'string' },
    out: { type: 'string', default: `reports/validation-${Date.now()}` },
    window: { type: 'string', default: '18' },
    evaluate: { type: 'string' },
    'fit-rounds': { type: 'string', default: '2' },
  },
})
const windowS = Number(flags.window)
const fitRounds = Number(flags['fit-rounds'])
const say = (text: string) => process.stdout.write(`${text}\n`)

/** Shares of the predicted capacity, in turn, so that drift meets all alike. */
const shares = [0.7, 0.85, 0.95]
const heldOutRuns = 20
const heldMin = 17
const widthMax = 1.5
/** The first camera run, which gives the capacity for the rounds; these count from 1. */
const firstCameraRun = 99

interface Fit {
  setting: CapacitySetting
  fitted: FittedServer
  capacity: number
}

/** Fits the server to the closed loads and the camera run that belong to the fit. */
async function fitTo(setting: CapacitySetting, measured: readonly PhasedMeasurement[]): Promise<Fit> {
  const { workers, slo, step } = setting
  const fitted = fitServer(
    measured.map((one) => extractTrace(one, workers)),
    workers,
  )
  if (fitted === undefined) throw new Error('the server reported no batches')
  const { model, overhead } = fitted
  const { planning } = await simulatedCapacity(simulatedSetting(setting, fitted), {
    model,
    percentile: slo.percentile,
    seed: 1,
    step,
  })
  say(
    `fitted on ${model.batches} batches: t(b) = ${model.tauMs?.toFixed(1)} + ${model.alphaMs?.toFixed(2)}·b ms, rest of a ` +
      `request ${(overhead.sendMs + overhead.answerMs).toFixed(1)} ms, noise in blocks of ${model.noise.blockLength}, ` +
      `uncertainty ${percent(model.uncertainty)}, drift ${percent(model.drift?.scale ?? 0)}; ` +
      `predicted capacity ${planning} cameras at ${setting.load.fps} fps within ${slo.latencyMs} ms`,
  )
  return { setting, fitted, capacity: planning }
}

/** Compares the held-out runs of each number of cameras with their prediction. Returns whether all targets are met. */
function evaluate({ setting, fitted, capacity }: Fit, heldOut: readonly PhasedMeasurement[]): boolean {
  const numbers = [...new Set(heldOut.map(camerasOf))].toSorted((a, b) => a - b)
  let held = 0
  let tooWide = 0
  const errors: number[] = []
  say(
    '| cameras | of capacity | p50: predicted, measured | p99: predicted, 90 % range | measured | held | error | width ÷ spread |',
  )
  say('|---|---|---|---|---|---|---|---|')
  for (const cameras of numbers) {
    const runs = heldOut.filter((one) => camerasOf(one) === cameras)
    const predict = (percentile: number) =>
      predictLatency(simulatedSetting(setting, fitted), {
        model: fitted.model,
        cameras,
        percentile,
        windowS: mean(runs.map(({ record }) => (record.windowEndUs - record.windowStartUs) / 1e6)),
        seed: 1,
      })
    const [p50, p99] = [predict(50), predict(99)]
    const measured = runs.map((run) => measuredLatencyMs(run, 99))
    const inside = measured.filter((ms) => ms >= p99.low && ms <= p99.high).length
    const width = (p99.high - p99.low) / (Math.max(...measured) - Math.min(...measured))
    held += inside
    if (width > widthMax) tooWide++
    errors.push(...measured.map((ms) => Math.abs(p99.value / ms - 1)))
    say(
      `| ${cameras} | ${percent(cameras / capacity)} | ${p50.value.toFixed(1)}, ${median(runs.map((run) => measuredLatencyMs(run, 50))).toFixed(1)} ms ` +
        `| ${p99.value.toFixed(0)}, ${p99.low.toFixed(0)} to ${p99.high.toFixed(0)} ms | ${measured.map((ms) => ms.toFixed(0)).join(', ')} ms ` +
        `| ${inside} of ${runs.length} | ${signedPercent(p99.value / median(measured) - 1)} | ${width.toFixed(2)} |`,
    )
  }
  say(
    `held: ${held} of ${heldOut.length} (target ${heldMin} of ${heldOutRuns}); ranges wider than ${widthMax} × the spread: ${tooWide} of ` +
      `${numbers.length}; error of the prediction for a run: ${percent(mean(errors))} in the mean, ${percent(median(errors))} in the median`,
  )
  return held >= (heldMin / heldOutRuns) * heldOut.length && tooWide === 0
}

function camerasOf({ point: { load } }: PhasedMeasurement): number {
  return load.kind === 'cameras' ? load.cameras : 0
}

function measuredLatencyMs({ samples }: PhasedMeasurement, percentile: number): number {
  const latenciesUs: number[] = []
  for (const part of partsOf(samples, 'answeredUs'))
    for (const us of frameLatencies(part)) latenciesUs.push(us)
  return computeQuantile(Float64Array.from(latenciesUs).toSorted(), percentile / 100) / 1000
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function signedPercent(share: number): string {
  return `${share > 0 ? '+' : ''}${percent(share)}`
}

async function evaluateFolder(folder: string): Promise<boolean> {
  const manifest = await readManifest(folder)
  const [setting] = capacitySettings(manifest.plan.points, folder, formatSetting)
  const ofFit: PhasedMeasurement[] = []
  const heldOut: PhasedMeasurement[] = []
  for (const record of manifest.measurements) {
    const planned = manifest.plan.order.find(
      ({ point, repetition }) => point === record.point && repetition === record.repetition,
    )
    const measured = {
      ...(await readMeasurement(folder, manifest, record)),
      phaseSeed: planned?.phaseSeed ?? 0,
    }
    const { repetition } = record
    const fits =
      measured.point.load.kind === 'closed' || repetition <= fitRounds || repetition === firstCameraRun
    ;(fits ? ofFit : heldOut).push(measured)
  }
  return evaluate(await fitTo({ ...setting!, workers: knownWorkers(setting!.point) }, ofFit), heldOut)
}

async function measureAndEvaluate(): Promise<boolean> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const loaded = await loadScenario(flags.scenario, {
    ...(flags.server !== undefined && { server: flags.server }),
  })
  const plan = planScenario(loaded)
  const setting = capacitySettings(plan.points, flags.scenario, formatSetting)[0]!
  const { load, step } = setting
  const folder = resolve(flags.out)
  const manifest = newManifest(loaded, { ...plan, points: [], order: [] }, new Date())
  const run = await createRun(folder, manifest)
  const measurer = await openRunMeasurer(run, {
    signal: interrupted.signal,
    onStatus: (text) => process.stderr.write(`${text}\n`),
    onLoadProgress: () => undefined,
  })

  async function measure(one: LoadSettings, repetition: number, seconds: number): Promise<PhasedMeasurement> {
    interrupted.signal.throwIfAborted()
    const cameras = one.kind === 'cameras' ? one.cameras : 0
    const id = run.manifest.plan.points.length + 1
    const point = {
      ...setting.point,
      id,
      load: one,
      measure: { ...setting.point.measure, durationS: seconds },
    }
    const planned = { point: id, repetition, phaseSeed: phaseSeed(manifest.seed, cameras, repetition) }
    run.addPlanned(point, planned)
    const record = await measurer.measure(point, planned)
    return { ...(await readMeasurement(folder, run.manifest, record)), phaseSeed: planned.phaseSeed }
  }

  try {
    const ofFit: PhasedMeasurement[] = []
    for (const closed of calibrationLoads(setting)) ofFit.push(await measure(closed, 1, windowS / 2))
    const { samples, record, answerTolerance } = ofFit.at(-1)!
    const { windowStartUs, windowEndUs } = record
    const window = { load: 'closed', extent: 'window', windowStartUs, windowEndUs, answerTolerance } as const
    const ceilingFps = measureThroughput(samples, window).fps
    const cameras = Math.floor((0.6 * ceilingFps) / load.fps / step) * step
    say(`ceiling ${ceilingFps.toFixed(1)} FPS; camera run of the fit with ${cameras} cameras`)
    ofFit.push(await measure({ ...load, cameras }, firstCameraRun, windowS))
    let fit = await fitTo(setting, ofFit)
    const heldOut: PhasedMeasurement[] = []
    for (let round = 1; heldOut.length < heldOutRuns; round++) {
      for (const share of shares.slice(0, heldOutRuns - heldOut.length)) {
        const number = Math.max(step, Math.round((share * fit.capacity) / step) * step)
        const measured = await measure({ ...load, cameras: number }, round, windowS)
        ;(round <= fitRounds ? ofFit : heldOut).push(measured)
      }
      if (round === fitRounds) fit = await fitTo(setting, ofFit)
    }
    return evaluate(fit, heldOut)
  } finally {
    await measurer.end(interrupted.signal.aborted ? 'interrupted' : 'complete')
  }
}

const met = flags.evaluate === undefined ? await measureAndEvaluate() : await evaluateFolder(flags.evaluate)
process.exitCode = met ? 0 : 1
