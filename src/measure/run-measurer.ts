import { join } from 'node:path'
import type { LoadProgress } from '../load/control/watch-progress.js'
import { watchGpus } from '../system/machine/watch-gpus.js'
import { measureEncodingCosts } from '../frames/payload/measure-encoding-cost.js'
import type { Plan, PlannedMeasurement, Point } from '../scenario/plan/plan.js'
import { writeManifest } from '../run/run-folder.js'
import type { MeasurementRecord, RunManifest } from '../run/run-manifest.js'
import type { ClipSlot } from './clip-slot.js'
import { createClipSlot } from './clip-slot.js'
import { describeSubjects } from './describe-subjects.js'
import { measurePoint } from './measure-point.js'
import { createServerSlot } from './server-slot.js'
import { crossCheckFps } from '../load/cross-check.js'
import { buildPayload } from '../frames/payload/build-payload.js'
import type { ClosedLoad } from '../scenario/schema/settings.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/decode-frames.js'
import { restartKey } from '../scenario/plan/order-measurements.js'
import type { ReferenceAnswers } from './reference-answers.js'
import { collectReferenceAnswers } from './reference-answers.js'

/** Measures points into one run folder, one after the other, and keeps its run.json true after each. */
export interface RunMeasurer {
  /**
   * Decodes the video and starts the server, in a new process where it is ours to start, so that nothing of that falls
   * into a measurement.
   */
  restart: (point: Point) => Promise<void>
  /** @param crossCheck have autocannon measure the same closed point afterwards, as a second opinion */
  measure: (point: Point, planned: PlannedMeasurement, crossCheck?: boolean) => Promise<MeasurementRecord>
  /** Ends every process that was started and writes how the run ended. */
  end: (status: RunManifest['status']) => Promise<void>
}

/**
 * @param clips shared by runs that are measured in turn, so that a video is decoded once
 */
export async function openRunMeasurer(
  folder: string,
  manifest: RunManifest,
  options: {
    signal: AbortSignal
    onStatus: (text: string) => void
    onLoadProgress: (progress: LoadProgress) => void
    clips?: ClipSlot
  },
): Promise<RunMeasurer> {
  const { signal, onStatus } = options
  const clips = options.clips ?? createClipSlot({ signal, onProgress: onStatus })
  const servers = createServerSlot({ signal, onProgress: onStatus, logFile: join(folder, 'server.log') })
  const answers = createReferenceSlot(manifest.plan, signal)
  const gpus = await watchGpus()
  manifest.status = 'running'
  await writeManifest(folder, manifest)

  async function prepare(point: Point) {
    const clip = await clips.clipFor(point.video)
    const server = await servers.serverFor(point)
    describeSubjects(manifest, { point, clip, server })
    const references = await answers.referencesFor(point, server, clip)
    manifest.answerReference = references.reference
    return { clip, server, referenceAnswers: references.answers }
  }

  return {
    async restart(point) {
      if (point.server.kind !== 'url') await servers.stop()
      await prepare(point)
    },
    async measure(point, planned, crossCheck = false) {
      const subjects = await prepare(point)
      await noteEncodingCost(manifest, point, subjects.clip.frames)
      const record = await measurePoint(
        {
          point,
          planned,
          folder,
          latestGpus: gpus.latest,
          keptThreads: keptThreads(manifest, point),
          ...subjects,
        },
        { signal, onProgress: options.onLoadProgress },
      )
      if (crossCheck && point.load.kind === 'closed' && !signal.aborted) {
        onStatus('second opinion: autocannon on the same point')
        record.crossCheckFps = await secondOpinion(point, point.load, subjects, signal)
      }
      keep(manifest, record)
      await writeManifest(folder, manifest)
      return record
    },
    async end(status) {
      manifest.status = status
      manifest.finishedAt = new Date().toISOString()
      await Promise.all([servers.stop(), gpus.stop()])
      await writeManifest(folder, manifest)
    },
  }
}

/** What encoding costs the client, measured once for each encoding and never while a load runs. */
async function noteEncodingCost(
  manifest: RunManifest,
  { batching, model }: Point,
  frames: readonly Uint8Array[],
): Promise<void> {
  if (manifest.encodingCosts.some(({ encoding }) => encoding === batching.encoding)) return
  manifest.encodingCosts.push(...(await measureEncodingCosts(frames, [batching.encoding], model.request)))
}

/** The load threads of the point's measurements so far: decided once per point, by its first complete measurement. */
export function keptThreads(
  { measurements }: Pick<RunManifest, 'measurements'>,
  { id }: Pick<Point, 'id'>,
): number | undefined {
  return measurements.find(({ point, complete }) => point === id && complete)?.observations?.loadThreads
}

/** The record of a measurement replaces that of an interrupted earlier try. */
function keep(manifest: RunManifest, record: MeasurementRecord): void {
  const others = manifest.measurements.filter(
    ({ point, repetition }) => point !== record.point || repetition !== record.repetition,
  )
  manifest.measurements = [...others, record]
}

/** The FPS that autocannon finds on a closed point, on the server as it stands. */
function secondOpinion(
  { batching, model, measure }: Point,
  { framesInFlight }: ClosedLoad,
  { server, clip }: { server: RunningServer; clip: Clip },
  signal: AbortSignal,
): Promise<number> {
  const { encoding, framesPerRequest } = batching
  return crossCheckFps(
    {
      endpoint: server.endpoint,
      payload: buildPayload(clip.frames, { encoding, framesPerRequest, request: model.request }),
      framesPerRequest,
      framesInFlight,
      deadlineMs: measure.deadlineMs,
      durationS: Math.max(1, Math.round(measure.durationS)),
    },
    signal,
  )
}

/**
 * Reference answers are asked for once for each server and clip, which the plan keeps together; and once more at the
 * first point that joins requests to batches, because only there their noise shows. A new process of the same server
 * is held against the answers of the first: it has to give the same.
 */
interface ReferenceSlot {
  referencesFor: (point: Point, server: RunningServer, clip: Clip) => Promise<ReferenceAnswers>
}

function createReferenceSlot(plan: Plan, signal: AbortSignal): ReferenceSlot {
  let held: { key: string; batched: boolean; references: ReferenceAnswers } | undefined
  return {
    async referencesFor(point, server, clip) {
      const key = restartKey(point)
      const batches = point.batching.serverBatchSize > 1
      if (held?.key !== key || (batches && !held.batched)) {
        const references = await collectReferenceAnswers(
          { server, clip, plan, point },
          { deadlineMs: Math.max(point.measure.deadlineMs, 30_000), signal },
        )
        held = { key, batched: batches, references }
      }
      return held.references
    },
  }
}
