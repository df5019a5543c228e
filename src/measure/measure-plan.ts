import type { LoadProgress } from '../load/control/watch-progress.js'
import type { RunLoad } from '../load/run-load.js'
import type { MeasurementRecord, PointLeftOut, RunManifest } from '../run/manifest.js'
import type { RunWriter } from '../run/run-writer.js'
import { fixCameras, type Ceiling } from '../scenario/plan/fix-cameras.js'
import {
  allPoints,
  isOfCeiling,
  knownWorkers,
  restartKey,
  type CeilingPoint,
  type Plan,
  type PlannedMeasurement,
  type PlannedPoint,
  type Point,
} from '../scenario/plan/plan.js'
import { maskAddresses } from '../system/secret-address.js'
import { UserError, type UserErrorParts } from '../system/user-error.js'
import { openRunMeasurer, type RunMeasurer } from './run-measurer.js'

/** Receives the progress of a run, for example for the terminal. Never called on the sending path. */
export interface RunObserver {
  /** Called for preparations: decoding, installing, starting. */
  status: (text: string) => void
  measurementStarts: (planned: PlannedMeasurement, point: Point) => void
  loadProgress: (progress: LoadProgress) => void
  measurementEnds: (record: MeasurementRecord) => void
  /** Called instead of `measurementEnds` if points cannot be measured. `missing`: how many measurements that leaves out. */
  pointsLeftOut: (error: UserError, points: readonly number[], missing: number) => void
  /** Called when the ceiling is known. `cameras`: the numbers of the points. `merged`: measurements that this saves. */
  camerasFixed: (fixed: { ceiling: Ceiling; cameras: readonly number[]; merged: number }) => void
}

/** The highest FPS of some closed points of a run; undefined if none of their measurements counts. */
export type FindCeiling = (
  folder: string,
  manifest: RunManifest,
  points: readonly number[],
) => Promise<Ceiling | undefined>

/**
 * Measures what is left of a run, in the order of its plan, and saves each measurement, so that an interrupted run can
 * be analysed and resumed. Returns when everything is measured or the signal is aborted. Every process that was started
 * is ended in all cases.
 *
 * Points whose model or requests the server does not take are left out, and the others are measured.
 * @throws UserError if the machine or the server is not usable; earlier measurements are kept. Also if every point had
 *   to be left out: the error of the first one
 */
export async function measurePlan(
  writer: RunWriter,
  {
    signal,
    observer = {},
    crossCheck,
    findCeiling,
    afterPlan,
    runLoad,
  }: {
    signal: AbortSignal
    observer?: Partial<RunObserver> | undefined
    crossCheck: boolean
    findCeiling: FindCeiling
    /** Called while the server still runs, with a function that measures one more point. That returns false after an abort. */
    afterPlan?: (measure: (point: Point, planned: PlannedMeasurement) => Promise<boolean>) => Promise<void>
    /** What runs a load. Default: the threads of this process. */
    runLoad?: RunLoad | undefined
  },
): Promise<void> {
  const measurer = await openRunMeasurer(writer, {
    signal,
    onStatus: (text) => observer.status?.(text),
    onLoadProgress: (progress) => observer.loadProgress?.(progress),
    runLoad,
  })
  const crossChecked = crossCheck ? crossCheckedPoints(writer.manifest.plan) : []
  await measureToTheEnd(measurer, signal, async () => {
    const total = missingMeasurements(writer.manifest).length
    const tried = new Set<PlannedMeasurement>()
    const remaining = () => missingMeasurements(writer.manifest).filter((one) => isDue(one, writer, tried))
    let firstError: UserError | undefined
    for (let [planned] = remaining(); planned !== undefined; [planned] = remaining()) {
      if (signal.aborted) return
      const point = plannedPoint(writer.manifest.plan, planned)
      if (isOfCeiling(point)) {
        await fixCamerasLike(point, writer, { observer, findCeiling })
        continue
      }
      tried.add(planned)
      observer.measurementStarts?.(planned, point)
      const check = planned.repetition === 1 && crossChecked.includes(point.id)
      try {
        const record = await measurer.measure(point, planned, { crossCheck: check })
        observer.measurementEnds?.(record)
      } catch (error) {
        if (signal.aborted || !(error instanceof UserError)) throw error
        const refused = isRefused(error, point)
        tried.delete(planned)
        const missing = remaining().filter((one) => refused(plannedPoint(writer.manifest.plan, one)))
        if (missing.length === 0 || !(await measurer.recover())) throw error
        firstError ??= error
        const points = [...new Set(missing.map((one) => one.point))].toSorted((a, b) => a - b)
        // If the first error concerns all that is left, it ends the run and is printed by that.
        if (missing.length === total && !hasMeasured(writer.manifest)) throw error
        await writer.leaveOut(points.map((id) => describeLeftOut(id, error)))
        observer.pointsLeftOut?.(error, points, missing.length)
      }
    }
    if (firstError !== undefined && !hasMeasured(writer.manifest)) throw firstError
    if (signal.aborted) return
    await afterPlan?.(async (point, planned) => {
      observer.measurementStarts?.(planned, point)
      const record = await measurer.measure(point, planned)
      observer.measurementEnds?.(record)
      return !signal.aborted
    })
  })
}

/** Whether a missing measurement is still to do: its point was not left out, and it was not tried before. */
function isDue(
  planned: PlannedMeasurement,
  { manifest }: RunWriter,
  tried: Set<PlannedMeasurement>,
): boolean {
  return !tried.has(planned) && !(manifest.leftOut ?? []).some(({ point }) => point === planned.point)
}

/** Fixes the number of cameras of all points that have the ceiling of this one, or leaves them out. */
async function fixCamerasLike(
  point: CeilingPoint,
  writer: RunWriter,
  { observer, findCeiling }: { observer: Partial<RunObserver>; findCeiling: FindCeiling },
): Promise<void> {
  const { plan } = writer.manifest
  const isAlike = (one: PlannedPoint) => restartKey(one) === restartKey(point)
  const closed = plan.points.filter((one) => isAlike(one) && one.load.kind === 'closed').map(({ id }) => id)
  const pending = allPoints(plan).filter((one) => isAlike(one) && isOfCeiling(one))
  const ids = pending.map(({ id }) => id)
  const ceiling = await findCeiling(writer.folder, writer.manifest, closed)
  if (ceiling === undefined) {
    const error = new UserError('the number of cameras is a share of the ceiling, which is not known', {
      received: 'no closed point is VALID',
      remedy: 'Remove what made the closed points INVALID, and start a new run, or set a number of cameras.',
    })
    await writer.leaveOut(ids.map((id) => describeLeftOut(id, error)))
    const missing = missingMeasurements(writer.manifest).filter((one) => ids.includes(one.point))
    observer.pointsLeftOut?.(error, ids, missing.length)
    return
  }
  const fixed = fixCameras(plan, (one) => (isAlike(one) ? ceiling : undefined))
  await writer.changePlan(fixed)
  const loads = fixed.points.flatMap(({ id, load }) => (ids.includes(id) && 'cameras' in load ? [load] : []))
  const cameras = [...new Set(loads.map((load) => load.cameras))].toSorted((a, b) => a - b)
  observer.camerasFixed?.({ ceiling, cameras, merged: plan.order.length - fixed.order.length })
}

function hasMeasured({ measurements }: RunManifest): boolean {
  return measurements.some(({ complete }) => complete)
}

/** Whether a point cannot be measured after this error at another one; none if the error concerns the whole run. */
function isRefused({ parts: { concerns } }: UserError, at: Point): (point: PlannedPoint) => boolean {
  if (concerns === undefined) return () => false
  if (concerns === 'point') return ({ id }) => id === at.id
  // A model may not load with more workers, for lack of memory.
  return (point) => restartKey(point) === restartKey(at) && knownWorkers(point) === knownWorkers(at)
}

/** Without the place and the excerpt, which may name files of this machine: reports are published. */
function describeLeftOut(point: number, { message, parts: { received, remedy } }: UserError): PointLeftOut {
  return {
    point,
    message: maskAddresses(message),
    ...(received !== undefined && { received: maskAddresses(received).slice(0, 300) }),
    ...(remedy !== undefined && { remedy: maskAddresses(remedy) }),
  }
}

/** The remaining measurements: the plan, in its order, without completed measurements. */
export function missingMeasurements({
  plan,
  measurements,
}: Pick<RunManifest, 'plan' | 'measurements'>): PlannedMeasurement[] {
  const complete = new Set(
    measurements.filter((record) => record.complete).map(({ point, repetition }) => `${point}/${repetition}`),
  )
  return plan.order.filter(({ point, repetition }) => !complete.has(`${point}/${repetition}`))
}

/**
 * Does the work and ends every process that was started, however the work ended. Returns undefined after an abort,
 * which appears as an error in some part of the work but is no failure.
 * @throws the error of the work; if the server's
 * settings could not be restored either, that is added to it
 */
export async function measureToTheEnd<T>(
  measurer: Pick<RunMeasurer, 'end'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    if (!signal.aborted) throw await endFailed(measurer, error)
    await measurer.end('interrupted')
    return undefined
  }
  await measurer.end(signal.aborted ? 'interrupted' : 'complete')
  return result
}

/** The error to throw: the failure, with additions to its remedy from the end of the run. */
async function endFailed(measurer: Pick<RunMeasurer, 'end'>, failure: unknown): Promise<unknown> {
  try {
    const resumable = failure instanceof UserError && failure.parts.resumable === true
    const { keptLog } = await measurer.end(resumable ? 'interrupted' : 'failed')
    return keptLog === undefined ? failure : withParts(failure, { log: keptLog })
  } catch (second) {
    // The first failure explains the second one: the settings of a server that died cannot be restored.
    if (!(second instanceof UserError)) return failure
    return addRemedy(failure, `Afterwards, ${second.message}. ${second.parts.remedy ?? ''}`.trim())
  }
}

function addRemedy(failure: unknown, more: string): unknown {
  if (!(failure instanceof UserError)) return failure
  const { remedy } = failure.parts
  return withParts(failure, { remedy: remedy === undefined ? more : `${remedy}\n${more}` })
}

function withParts(failure: unknown, parts: UserErrorParts): unknown {
  if (!(failure instanceof UserError)) return failure
  const { exitCode } = failure
  return new UserError(failure.message, { ...failure.parts, ...parts, exitCode, cause: failure })
}

function plannedPoint(plan: Plan, { point: id }: PlannedMeasurement): Point | CeilingPoint {
  const isIt = (candidate: { id: number }) => candidate.id === id
  const pending = plan.ofCeiling?.find((one) => isIt(one) && one.ceiling === undefined)
  const point = plan.points.find(isIt) ?? pending
  if (point === undefined) throw new Error(`point ${id} is in the order of the plan but not among its points`)
  return point
}

/** One closed point per mode and protocol, the one with the largest batches, which shows errors of the load engine best. */
function crossCheckedPoints({ points }: Plan): number[] {
  const closed = points
    .filter(({ load }) => load.kind === 'closed')
    .toSorted((a, b) => b.batching.batchSize - a.batching.batchSize)
  const first = new Map<string, number>()
  for (const { id, batching } of closed) {
    const engine = `${batching.mode} ${batching.protocol ?? 'http'}`
    if (!first.has(engine)) first.set(engine, id)
  }
  return [...first.values()]
}
