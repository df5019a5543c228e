import { copyFile, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { EncodingCost } from '../frames/payload/measure-encoding-cost.js'
import { hideHeaderValue } from '../scenario/plan/header-values.js'
import type { PlannedMeasurement, Point } from '../scenario/plan/plan.js'
import { cacheFolder } from '../system/cache-folder.js'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../system/user-error.js'
import type { MeasurementRecord, PointLeftOut, RunManifest } from './manifest.js'
import { manifestName, readManifest } from './run-folder.js'

/** Writes a run: its folder and its run.json. Nothing else changes a run. */
export interface RunWriter {
  /** Absolute path. */
  readonly folder: string
  /** The current state of the run. Each change creates a new object, so earlier references stay unchanged. */
  readonly manifest: RunManifest
  /** Path of the log of a server that is started for this run. */
  readonly serverLog: string
  /** Marks the run as running, with no point left out, and saves it. */
  begin: () => Promise<void>
  /** Removes all points and their order from the plan, for a search that adds points as it needs them. */
  emptyPlan: () => void
  /** Adds a measurement, and its point, to the plan unless they are there; saved with the next measurement. */
  addPlanned: (point: Point, planned: PlannedMeasurement) => void
  /** Saves a changed plan. */
  changePlan: (plan: RunManifest['plan']) => Promise<void>
  /** Adds the encoding costs of the client; saved with the next measurement. */
  addEncodingCosts: (costs: readonly EncodingCost[]) => void
  /** Saves a measurement. It replaces an earlier, interrupted attempt. */
  addMeasurement: (record: MeasurementRecord) => Promise<void>
  /** Saves that points could not be measured. */
  leaveOut: (points: readonly PointLeftOut[]) => Promise<void>
  /**
   * Saves how the run ended. A new run that failed before its first measurement leaves no folder. A run with a measurement
   * that was not finished, because an agent was lost, is interrupted.
   *
   * @returns where the server's log was moved to, if the folder was removed and there was a log
   */
  end: (status: 'complete' | 'interrupted' | 'failed') => Promise<{ keptLog?: string }>
}

interface WriterOptions {
  /** Maintain a link `latest` beside the folder to the latest complete run. */
  latest?: boolean | undefined
}

/**
 * Creates the folder of a new run.
 *
 * @throws UserError (exit 2) if the folder is not empty, (exit 3) if it cannot be written
 */
export async function createRun(
  folder: string,
  manifest: RunManifest,
  options: WriterOptions = {},
): Promise<RunWriter> {
  try {
    await mkdir(folder, { recursive: true })
    const found = await readdir(folder)
    if (found.length > 0) {
      throw new UserError('the run folder is not empty', {
        where: folder,
        expected: 'a folder that does not exist yet, or an empty one',
        received: found.length === 1 ? found[0] : `${found[0]} and ${found.length - 1} more`,
        remedy: 'Choose another folder with --out, or resume the run in this folder with bench --resume.',
      })
    }
    await mkdir(join(folder, 'samples'))
  } catch (error) {
    throw error instanceof UserError ? error : cannotWrite(folder, error)
  }
  await saveManifest(folder, manifest)
  return writerOf(folder, manifest, { ...options, isNew: true })
}

/**
 * Opens an interrupted run. Its own plan is measured.
 *
 * @throws UserError if the folder is not a run, or a damaged one
 */
export async function reopenRun(
  folder: string,
  options: WriterOptions & {
    /** Completes what is not saved, such as the values of headers. */
    complete?: (saved: RunManifest) => Promise<RunManifest>
  } = {},
): Promise<RunWriter> {
  const saved = await readManifest(folder)
  const manifest = options.complete === undefined ? saved : await options.complete(saved)
  return writerOf(folder, manifest, { ...options, isNew: false })
}

function writerOf(
  folder: string,
  opened: RunManifest,
  { latest = false, isNew }: WriterOptions & { isNew: boolean },
): RunWriter {
  const root = resolve(folder)
  const serverLog = join(root, 'server.log')
  let manifest = opened
  const change = (changes: Partial<RunManifest>) => {
    manifest = { ...manifest, ...changes }
  }
  const save = () => saveManifest(root, manifest)

  return {
    folder: root,
    serverLog,
    get manifest() {
      return manifest
    },
    async begin() {
      const { leftOut: _, ...rest } = manifest
      manifest = { ...rest, status: 'running' }
      await save()
    },
    emptyPlan() {
      change({ plan: { ...manifest.plan, points: [], order: [] } })
    },
    addPlanned(point, planned) {
      const { plan } = manifest
      const known = plan.points.some(({ id }) => id === point.id)
      const ordered = plan.order.some((one) => isSame(one, planned))
      change({
        plan: {
          ...plan,
          points: known ? plan.points : [...plan.points, point],
          order: ordered ? plan.order : [...plan.order, planned],
        },
      })
    },
    async changePlan(plan) {
      change({ plan })
      await save()
    },
    addEncodingCosts(costs) {
      change({ encodingCosts: [...manifest.encodingCosts, ...costs] })
    },
    async addMeasurement(record) {
      const others = manifest.measurements.filter((one) => !isSame(one, record))
      change({ measurements: [...others, record] })
      await save()
    },
    async leaveOut(points) {
      change({ leftOut: [...(manifest.leftOut ?? []), ...points] })
      await save()
    },
    async end(status) {
      if (status === 'failed' && isNew && manifest.measurements.length === 0) return discard(root, serverLog)
      const isUnfinished = manifest.measurements.some(({ complete }) => !complete)
      const ended = status === 'complete' && isUnfinished ? 'interrupted' : status
      change({ status: ended, finishedAt: new Date().toISOString() })
      await save()
      if (ended === 'complete' && latest) await linkLatest(root)
      return {}
    },
  }
}

function isSame(
  one: Pick<PlannedMeasurement, 'point' | 'repetition'>,
  other: Pick<PlannedMeasurement, 'point' | 'repetition'>,
): boolean {
  return one.point === other.point && one.repetition === other.repetition
}

/** Replaces run.json atomically: a reader finds the old or the new file, even after a crash. */
async function saveManifest(folder: string, manifest: RunManifest): Promise<void> {
  try {
    await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, hideHeaderValue, 2)}\n`)
  } catch (error) {
    throw cannotWrite(folder, error)
  }
}

/** Removes the folder. The server's log is moved to the cache folder, because it explains why a server failed. */
async function discard(folder: string, serverLog: string): Promise<{ keptLog?: string }> {
  const keptLog = join(cacheFolder(), 'server-of-failed-run.log')
  let kept: string | undefined
  try {
    await mkdir(cacheFolder(), { recursive: true })
    await copyFile(serverLog, keptLog)
    kept = keptLog
  } catch {
    // No managed server had written a log.
  }
  await rm(folder, { recursive: true, force: true })
  return kept === undefined ? {} : { keptLog: kept }
}

/**
 * Points the link `latest` beside the run folder to it. If the system has no links, or `latest` is a file of the user,
 * no link is made. Nothing depends on it.
 */
async function linkLatest(folder: string): Promise<void> {
  const link = join(dirname(folder), 'latest')
  const fresh = `${link}.${process.pid}`
  try {
    if (!(await isAbsentOrLink(link))) return
    await symlink(relative(dirname(folder), folder), fresh, 'junction')
    await rename(fresh, link)
  } catch {
    await rm(fresh, { force: true })
  }
}

async function isAbsentOrLink(path: string): Promise<boolean> {
  try {
    await readlink(path)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT'
  }
}

function cannotWrite(folder: string, cause: unknown): UserError {
  return new UserError('the run folder cannot be written', {
    where: folder,
    received: messageOf(cause),
    remedy: 'Choose another folder with --out.',
    exitCode: ExitCode.environment,
    cause,
  })
}
