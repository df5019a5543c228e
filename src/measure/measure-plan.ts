import { join } from 'node:path'
import { measureEncodingCosts } from '../payload/measure-encoding-cost.js'
import type { Encoding } from '../scenario/settings.js'
import type { Plan, Point } from '../plan/plan.js'
import { writeManifest } from '../samples/run-folder.js'
import type { MeasurementRecord, RunManifest } from '../samples/run-manifest.js'
import { createClipSlot } from './clip-slot.js'
import { describeSubjects } from './describe-subjects.js'
import { measurePoint } from './measure-point.js'
import { missingMeasurements } from './missing-measurements.js'
import { createReferenceSlot } from './reference-slot.js'
import type { RunObserver } from './run-observer.js'
import { createServerSlot } from './server-slot.js'

/**
 * Measures what a run still owes, in the order of its plan, and keeps run.json true after every measurement, so
 * that whatever ends the run leaves a folder that can be analysed and resumed.
 *
 * Returns when all is measured or when the signal asked to stop. Throws UserError where the machine or the server
 * is not fit; what was measured before is kept. Every process that was started is ended in all cases.
 */
export async function measurePlan(
  folder: string,
  manifest: RunManifest,
  { signal, observer }: { signal: AbortSignal; observer: RunObserver },
): Promise<void> {
  const clips = createClipSlot({ signal, onProgress: observer.status })
  const servers = createServerSlot({
    signal,
    onProgress: observer.status,
    logFile: join(folder, 'server.log'),
  })
  const answers = createReferenceSlot(manifest.plan, signal)
  manifest.status = 'running'
  await writeManifest(folder, manifest)
  try {
    for (const planned of missingMeasurements(manifest.plan, manifest.measurements)) {
      if (signal.aborted) break
      const point = pointOf(manifest, planned.point)
      observer.measurementStarts(planned, point)
      const clip = await clips.clipFor(point.video)
      if (manifest.encodingCosts.length === 0) {
        manifest.encodingCosts = await measureEncodingCosts(clip.frames, encodingsOf(manifest.plan))
      }
      const server = await servers.serverFor(point)
      describeSubjects(manifest, { point, clip, server })
      const references = await answers.referencesFor(point, server, clip)
      manifest.answerReference = references.reference
      const record = await measurePoint(
        { point, planned, server, clip, folder, referenceAnswers: references.answers },
        { signal, onProgress: observer.loadProgress },
      )
      keep(manifest, record)
      await writeManifest(folder, manifest)
      observer.measurementEnds(record)
    }
    manifest.status = signal.aborted ? 'interrupted' : 'complete'
  } catch (error) {
    manifest.status = signal.aborted ? 'interrupted' : 'failed'
    if (!signal.aborted) throw error
  } finally {
    manifest.finishedAt = new Date().toISOString()
    await servers.stop()
    await writeManifest(folder, manifest)
  }
}

function pointOf(manifest: RunManifest, id: number): Point {
  const point = manifest.plan.points.find((candidate) => candidate.id === id)
  if (point === undefined) throw new Error(`the plan orders point ${id} but does not describe it`)
  return point
}

/** The record of a measurement replaces that of an interrupted earlier try. */
function keep(manifest: RunManifest, record: MeasurementRecord): void {
  const others = manifest.measurements.filter(
    ({ point, repetition }) => point !== record.point || repetition !== record.repetition,
  )
  manifest.measurements = [...others, record]
}

function encodingsOf(plan: Plan): Encoding[] {
  return [...new Set(plan.points.map(({ batching }) => batching.encoding))]
}
