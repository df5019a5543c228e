import { requestTemplate } from '../../scenario/grammar/request-template.js'
import { phaseSeed, saturatingFrames, type Encoding, type Point } from '../../scenario/plan/plan.js'
import { carriesSeveralFrames } from '../../scenario/plan/resolve-request.js'
import { UserError } from '../../system/user-error.js'
import type { CapacityRun } from '../capacity-run.js'
import { type CapacitySetting, createSetting, type LabelSetting, settingKey } from '../capacity-setting.js'
import { fitServer, extractTrace, type FittedServer, type ServerTrace } from '../simulator/fit-server.js'
import { simulatedCapacity } from '../sustained/simulated-capacity.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { type TuningCandidate, tuningCandidates, type TuningSpace, tuneSettings } from '../tuning.js'
import { calibrate, fitCalibrated } from './calibrate.js'
import { emptyCapacityRun, openBudget, type MeasureCapacityOptions } from './measure-capacity.js'
import { createPointMeasurer, type PointMeasurer } from './point-measurer.js'
import { searchSetting, unknownCapacity } from './search-setting.js'

export interface TuneCapacityOptions extends Omit<MeasureCapacityOptions, 'settings'> {
  /** Its server, model, rate, phases and SLO are kept; its batching and workers are tuned. */
  base: CapacitySetting
  space: TuningSpace
  /** Number of settings to measure, the best ones by simulation. */
  top: number
  labelSetting: LabelSetting
}

/**
 * Looks for the setting that carries most cameras within the SLO: calibrates the server with each number of workers,
 * simulates every setting, and searches the capacity of the most promising settings by measuring.
 *
 * @throws UserError if the server reports no batches, or no setting carries a camera
 */
export async function tuneCapacity(asked: TuneCapacityOptions): Promise<CapacityRun> {
  const options = { ...asked, space: possibleSpace(asked.base.point, asked.space) }
  const { base, space, seed, top, onEvent, labelSetting } = options
  const run = options.resume ?? emptyCapacityRun(seed)
  run.tuningBase ??= base.point
  const save = () => options.save(run)
  const points = createPointMeasurer(run.pointIds, options.measure, save)
  const candidates = tuningCandidates(space)
  const toSetting = (candidate: TuningCandidate) =>
    createSetting(candidatePoint(base.point, candidate), base.load, base.slo, labelSetting)
  const budget = openBudget(options)
  let searches = Math.min(top, candidates.length)
  const fits = new Map<string, FittedServer>()
  for (const workers of space.workers)
    for (const [kind, fitted] of await fitWorkers(workers, toSetting, { ...options, points }))
      fits.set(`${kind} ${workers}`, fitted)

  const tuning = await tuneSettings({
    candidates,
    top,
    async simulate(candidate) {
      onEvent?.({ kind: 'tuning', candidate: candidates.indexOf(candidate) + 1, of: candidates.length })
      const setting = toSetting(candidate)
      const fitted = fits.get(`${requestKind(candidate)} ${candidate.workers}`)!
      const { planning } = await simulatedCapacity(simulatedSetting(setting, fitted), {
        model: fitted.model,
        percentile: setting.slo.percentile,
        seed,
        step: setting.step,
      })
      return planning
    },
    async measure(candidate) {
      const setting = toSetting(candidate)
      const key = settingKey(setting.point)
      const known = run.settings.find(({ point }) => settingKey(point) === key)
      const state = known ?? unknownCapacity(setting)
      if (known === undefined) run.settings.push(state)
      onEvent?.({ kind: 'setting', setting: setting.label, number: run.settings.length, of: top })
      await searchSetting(setting, state, { points, seed, leftS: budget.share(searches--), save, onEvent })
      return state.found?.planning ?? 0
    },
  })
  if (tuning === undefined) throw nothingCarries(base, candidates.length)
  run.tuning = tuning
  await save()
  return run
}

/** Length of the window for requests of each size, s. */
const severalS = 5

/** The space without client batching if a request to this model cannot carry several frames. */
function possibleSpace({ model, server, batching }: Point, space: TuningSpace): TuningSpace {
  if (carriesSeveralFrames(model.request, server, { protocol: batching.protocol, api: server.api }))
    return space
  return { ...space, modes: space.modes.filter((mode) => mode === 'server') }
}

/** Requests of one frame mostly carry it raw; those of several carry an encoding that the handler has to undo. */
type RequestKind = 'single' | 'several'

function requestKind({ framesPerRequest }: TuningCandidate): RequestKind {
  return framesPerRequest === 1 ? 'single' : 'several'
}

/**
 * Fits the server with this many workers, for both kinds of request if the space has both: from batches of the largest
 * size in question, and partial batches of every size below.
 */
async function fitWorkers(
  workers: number,
  toSetting: (candidate: TuningCandidate) => CapacitySetting,
  { base, space, seed, onEvent, points }: TuneCapacityOptions & { points: PointMeasurer },
): Promise<[RequestKind, FittedServer][]> {
  const largest = Math.max(...space.batchSizes)
  const single = toSetting({
    mode: 'server',
    framesPerRequest: 1,
    serverBatchSize: largest,
    ...(largest > 1 && { maxBatchDelayMs: Math.max(...space.maxBatchDelaysMs) }),
    workers,
  })
  const onLoad: Parameters<typeof calibrate>[2]['onLoad'] = (load) => onEvent?.({ kind: 'calibrating', load })
  const { fitted } = fitCalibrated(await calibrate(single, points, { seed, onLoad }), workers)
  if (fitted === undefined) throw noBatches(base)
  const sizes = space.batchSizes.filter((size) => size > 1)
  if (sizes.length === 0 || !space.modes.some((mode) => mode !== 'server')) return [['single', fitted]]

  const traces: ServerTrace[] = []
  for (const framesPerRequest of sizes) {
    const setting = toSetting({ mode: 'client', framesPerRequest, serverBatchSize: 1, workers })
    const framesInFlight = saturatingFrames(framesPerRequest, workers)
    const load = { kind: 'closed', framesInFlight } as const
    onLoad(load)
    const window = { windowS: severalS, warmupMaxS: 1, phaseSeed: phaseSeed(seed, 0, 0) }
    traces.push(extractTrace(await points.calibrate(setting, load, window), workers))
  }
  const several = fitServer(traces, workers)
  if (several === undefined) throw noBatches(base)
  // The request overhead shows under camera load, which only the other calibration has.
  return [
    ['single', fitted],
    ['several', { ...several, overhead: fitted.overhead }],
  ]
}

function candidatePoint(base: Point, { workers, ...split }: TuningCandidate): Point {
  const { maxBatchDelayMs: _, ...kept } = base.batching
  return {
    ...base,
    server: base.server.kind === 'url' ? base.server : { ...base.server, workers },
    batching: {
      ...kept,
      ...split,
      batchSize: split.framesPerRequest * split.serverBatchSize,
      encoding: candidateEncoding(base, split.framesPerRequest),
    },
  }
}

/** An encoding that does not depend on the number of frames is kept: that of a template, and one written for a single frame. */
function candidateEncoding({ batching, model, server }: Point, framesPerRequest: number): Encoding {
  const { encoding, protocol } = batching
  if (protocol === 'grpc' || server.api === 'oip') return encoding
  const isWritten = batching.framesPerRequest === 1 && encoding !== 'raw'
  if (isWritten || requestTemplate(model.request) !== undefined) return encoding
  if (framesPerRequest === 1) return 'raw'
  return encoding === 'raw' ? 'base64' : encoding
}

function noBatches({ label }: CapacitySetting): UserError {
  return new UserError('tuning needs a server that reports its batches', {
    where: label,
    expected: 'PredictionTime lines in the server’s log',
    received: 'none for the requests of the calibration',
    remedy:
      'Name the log with server.logFile, or compare settings by measuring: run `framestorm capacity` without --tune.',
  })
}

function nothingCarries({ slo, load }: CapacitySetting, candidates: number): UserError {
  return new UserError('no setting carries a camera within the SLO', {
    expected: `one of ${candidates} settings that answers a camera at ${load.fps} fps within ${slo.latencyMs} ms`,
    remedy: 'Allow more latency (slo.latencyMs), or a lower rate (load.fps).',
  })
}
