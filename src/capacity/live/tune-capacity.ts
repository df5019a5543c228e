import { UserError } from '../../system/user-error.js'
import type { Point } from '../../scenario/plan/plan.js'
import { phaseSeed } from '../../scenario/plan/order-measurements.js'
import { formatBatching } from '../../report/format/point.js'
import type { FittedServer, ServerTrace } from '../simulator/fit-server.js'
import { fitServer, traceOf } from '../simulator/fit-server.js'
import { simulatedCapacity } from '../simulator/simulated-capacity.js'
import type { TuningCandidate, TuningSpace } from '../tuning.js'
import { tuneSettings, tuningCandidates } from '../tuning.js'
import { calibrate } from './calibrate.js'
import type { CapacityRun } from '../capacity-run.js'
import type { CapacitySetting } from '../capacity-setting.js'
import type { MeasureCapacityOptions } from './measure-capacity.js'
import { emptyCapacityRun } from './measure-capacity.js'
import type { PointMeasurer } from './point-measurer.js'
import { createPointMeasurer } from './point-measurer.js'
import { criteriaOf, searchSetting, unknownCapacity } from './search-setting.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'

export interface TuneCapacityOptions extends Omit<MeasureCapacityOptions, 'settings'> {
  /** Whose server, model, rate, phases and SLO are kept; its batching and workers are what is tuned. */
  base: CapacitySetting
  space: TuningSpace
  /** Settings to measure, the best by simulation. */
  top: number
}

/**
 * Looks for the setting that carries most cameras within the SLO: calibrates the server with each number of workers,
 * simulates every setting, and searches the capacity of the most promising ones by measuring.
 *
 * @throws UserError where the server tells of no batches, or no setting carries a camera
 */
export async function tuneCapacity(options: TuneCapacityOptions): Promise<CapacityRun> {
  const { base, space, seed, windowMaxS, top, onEvent } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  const candidates = tuningCandidates(space)
  const fits = new Map<string, FittedServer>()
  for (const workers of space.workers)
    for (const [kind, fitted] of await fitsWith(workers, options, points))
      fits.set(`${kind} ${workers}`, fitted)

  const tuning = await tuneSettings({
    candidates,
    top,
    async simulate(candidate) {
      onEvent?.({ kind: 'tuning', candidate: candidates.indexOf(candidate) + 1, of: candidates.length })
      const setting = settingOf(base, candidate)
      const fitted = fits.get(`${requestKind(candidate)} ${candidate.workers}`)!
      return simulatedCapacity(simulatedSetting(setting, fitted), {
        model: fitted.model,
        criteria: criteriaOf(setting, windowMaxS),
        seed,
        step: setting.step,
      })
    },
    async measure(candidate) {
      const setting = settingOf(base, candidate)
      const known = run.settings.find(({ setting: words }) => words === setting.words)
      const state = known ?? unknownCapacity(setting)
      if (known === undefined) run.settings.push(state)
      onEvent?.({ kind: 'setting', setting: setting.words, number: run.settings.length, of: top })
      await searchSetting(setting, state, { points, seed, windowMaxS, save, onEvent })
      return state.found!.planning
    },
  })
  if (tuning === undefined) throw nothingCarries(base, candidates.length)
  run.tuning = tuning
  await save()
  return run
}

/** Requests of one frame carry it raw, those of several in an encoding that the handler has to undo. */
type RequestKind = 'single' | 'several'

function requestKind({ framesPerRequest }: TuningCandidate): RequestKind {
  return framesPerRequest === 1 ? 'single' : 'several'
}

/**
 * Service times with this many workers, of both kinds of request where the space has both: batches of the largest
 * size in question, and partial ones of every size below.
 */
async function fitsWith(
  workers: number,
  { base, space, seed, onEvent }: TuneCapacityOptions,
  points: PointMeasurer,
): Promise<[RequestKind, FittedServer][]> {
  const largest = Math.max(...space.batchSizes)
  const single = settingOf(base, {
    mode: 'server',
    framesPerRequest: 1,
    serverBatchSize: largest,
    ...(largest > 1 && { maxBatchDelayMs: Math.max(...space.maxBatchDelaysMs) }),
    workers,
  })
  const onLoad: Parameters<typeof calibrate>[2]['onLoad'] = (load) => onEvent?.({ kind: 'calibrating', load })
  const fits: [RequestKind, FittedServer][] = []
  const { fitted } = await calibrate(single, points, { seed, onLoad })
  if (fitted === undefined) throw noBatches(base)
  fits.push(['single', fitted])
  const sizes = space.batchSizes.filter((size) => size > 1)
  if (sizes.length === 0 || !space.modes.some((mode) => mode !== 'server')) return fits

  const traces: ServerTrace[] = []
  for (const framesPerRequest of sizes) {
    const setting = settingOf(base, { mode: 'client', framesPerRequest, serverBatchSize: 1, workers })
    const load = { kind: 'closed', framesInFlight: (workers + 1) * framesPerRequest } as const
    onLoad(load)
    traces.push(traceOf(await points.calibrate(setting, load, phaseSeed(seed, 0, 0)), workers))
  }
  const several = fitServer(traces, workers)
  if (several === undefined) throw noBatches(base)
  // What a request costs besides was seen under camera load, which only the other calibration had.
  return [...fits, ['several', { ...several, overhead: fitted.overhead }]]
}

function settingOf(base: CapacitySetting, candidate: TuningCandidate): CapacitySetting {
  const { framesPerRequest, serverBatchSize, maxBatchDelayMs, mode, workers } = candidate
  const { encoding } = base.point.batching
  const { maxBatchDelayMs: _, ...kept } = base.point.batching
  const point: Point = {
    ...base.point,
    server: base.point.server.kind === 'url' ? base.point.server : { ...base.point.server, workers },
    batching: {
      ...kept,
      mode,
      framesPerRequest,
      serverBatchSize,
      batchSize: framesPerRequest * serverBatchSize,
      ...(maxBatchDelayMs !== undefined && { maxBatchDelayMs }),
      encoding: framesPerRequest === 1 ? 'raw' : encoding === 'raw' ? 'base64' : encoding,
    },
  }
  return {
    ...base,
    words: `${formatBatching(point)}, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
    point,
    workers,
    step: framesPerRequest > 1 ? base.load.camerasPerClient : 1,
  }
}

function noBatches({ words }: CapacitySetting): UserError {
  return new UserError('tuning needs a server that tells of its batches', {
    where: words,
    expected: 'PredictionTime lines in the server’s log',
    received: 'none that belong to the requests of the calibration',
    remedy:
      'name the log with server.logFile, or compare settings by measuring: `framestorm capacity` without --tune',
  })
}

function nothingCarries({ slo, load }: CapacitySetting, candidates: number): UserError {
  return new UserError('no setting carries a camera within the SLO', {
    expected: `one of ${candidates} settings that answers a camera of ${load.fps} fps within ${slo.latencyMs} ms`,
    remedy: 'allow more latency (slo.latencyMs), or a lower rate (load.fps)',
  })
}
