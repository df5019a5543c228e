import { autoThreads } from '../load/control/auto-threads.js'
import type { LoadJob } from '../load/load-job.js'
import type { LoadProgress } from '../load/control/watch-progress.js'
import { runLoad, type RunLoad } from '../load/run-load.js'
import { crossCheckFps } from '../load/cross-check.js'
import { residentBytes } from '../system/machine/sample-machine.js'
import { watchGpus } from '../system/machine/watch-gpus.js'
import { ExitCode, UserError } from '../system/user-error.js'
import { isSentAs, measureEncodingCost } from '../frames/payload/measure-encoding-cost.js'
import { pointMessage } from '../frames/payload/point-message.js'
import type { Payload } from '../frames/payload/payload.js'
import type { Clip } from '../frames/video/decode-frames.js'
import { restartKey, type ClosedLoad, type PlannedMeasurement, type Point } from '../scenario/plan/plan.js'
import type { MeasurementRecord, RunManifest, Subject } from '../run/manifest.js'
import type { RunWriter } from '../run/run-writer.js'
import type { RunningServer } from '../server/running-server.js'
import { findUnacceptedSize, requireSeenFrames } from './check-plan.js'
import { measurePoint } from './measure-point.js'
import {
  dropKeptClips,
  identifyClip,
  keepClips,
  openClips,
  openPayloads,
  type ClipOf,
} from './prepare-clip.js'
import { openReferences } from './open-references.js'
import type { ReferenceAnswers } from './reference-answers.js'
import { measureRequestRate } from './request-rate.js'
import { openServers } from './run-servers.js'

/** Measures points of one run, one after the other, and saves each measurement. */
export interface RunMeasurer {
  /**
   * Decodes the video and starts `count` new processes of the server at once, so that this does not happen during a
   * measurement. A server that is given by its address is only prepared.
   */
  startProcesses: (point: Point, count: number) => Promise<void>
  /** Measures no more with the current process of a server that Framestorm started, but with the next one. */
  moveOn: (point: Point) => void
  /** Stops the processes that are measured no more. */
  stopLeft: () => Promise<void>
  /** Requests per second that are answered under the load of this point, from a short load that is not saved. */
  measureRate: (point: Point) => Promise<number>
  /**
   * Memory of the current process of the server in bytes; undefined if it is unknown, or if the server may use the memory
   * of a GPU, too.
   */
  serverMemoryBytes: (point: Point) => Promise<number | undefined>
  measure: (
    point: Point,
    planned: PlannedMeasurement,
    options?: {
      /** Whether autocannon measures the same closed point afterwards, as a cross-check. */
      crossCheck?: boolean
    },
  ) => Promise<MeasurementRecord>
  /** Readies the server after a point was refused. False if the server is gone and cannot be started from here. */
  recover: () => Promise<boolean>
  /** Ends every process that was started and saves how the run ended. */
  end: RunWriter['end']
}

/** What is prepared before a point is measured. */
interface Prepared {
  clip: Clip
  payload: Payload
  server: RunningServer
  subject: Subject
  answers: ReferenceAnswers
}

/**
 * @param options.clips shared by runs that are measured in turn, so that a video is decoded once
 * @param options.runLoad what runs a load. Default: the threads of this process
 */
export async function openRunMeasurer(
  writer: RunWriter,
  options: {
    signal: AbortSignal
    onStatus: (text: string) => void
    onLoadProgress: (progress: LoadProgress) => void
    clips?: ClipOf
    runLoad?: RunLoad | undefined
  },
): Promise<RunMeasurer> {
  const { signal, onStatus, runLoad: load = runLoad } = options
  const clipOf = keepClips(options.clips ?? openClips({ signal, onProgress: onStatus }), writer.folder)
  const payloadOf = openPayloads()
  const servers = openServers({ signal, onProgress: onStatus, logFile: writer.serverLog })
  const referencesOf = openReferences(writer, payloadOf, signal)
  const gpus = await watchGpus()
  const resumed = writer.manifest
  await writer.begin()

  async function prepare(point: Point): Promise<Prepared> {
    const clip = await clipOf(point.video)
    const tooLarge = findUnacceptedSize(clip, point)
    if (tooLarge !== undefined) throw tooLarge
    let server = await servers.serverFor(point)
    const payload = payloadOf(clip, point, server)
    requireSeenFrames(point, server.identity)
    requireSameSubject(resumed, point, { server, clip })
    const { answers, isNew } = await referencesOf(point, server, clip)
    if (isNew) {
      // The requests of other points that were sent may have ended a worker or the server.
      await servers.recover()
      server = await servers.serverFor(point)
    }
    if (answers.refusal !== undefined && point.batching.framesPerRequest > 1) throw answers.refusal
    const subject = describeSubject(point, { server, clip, references: answers })
    return { clip, payload, server, subject, answers }
  }

  return {
    async startProcesses(point, count) {
      if (point.server.kind !== 'url') {
        // So that two processes at once do not decode it twice.
        await clipOf(point.video)
        await servers.startMore(point, count)
      }
      await prepare(point)
    },
    moveOn(point) {
      if (point.server.kind !== 'url') servers.moveOn()
    },
    stopLeft: () => servers.stopLeft(),
    async measureRate(point) {
      const prepared = await prepare(point)
      const threads = chooseThreads(writer.manifest, point)
      return measureRequestRate({ ...prepared, point, threads, folder: writer.folder, runLoad: load }, signal)
    },
    async serverMemoryBytes(point) {
      if (gpus.latest().length > 0) return undefined
      const server = await servers.serverFor(point)
      return residentBytes(await server.processIds())
    },
    async measure(point, planned, { crossCheck = false } = {}) {
      const prepared = await prepare(point)
      await addEncodingCost(writer, point, prepared.clip.frames)
      const record = await measurePoint(
        {
          ...prepared,
          point,
          planned,
          folder: writer.folder,
          latestGpus: gpus.latest,
          threads: chooseThreads(writer.manifest, point),
          runLoad: load,
        },
        { signal, onProgress: options.onLoadProgress },
      )
      if (crossCheck && point.load.kind === 'closed' && !signal.aborted) {
        const peer = prepared.server.endpoint.protocol === 'grpc' ? 'grpc-js' : 'autocannon'
        onStatus(`cross-check: measuring the same point with ${peer}`)
        record.crossCheckFps = await secondOpinion(point, point.load, prepared, signal)
      }
      await writer.addMeasurement(record)
      return record
    },
    recover: () => servers.recover(),
    async end(status) {
      const stopped = await Promise.allSettled([servers.stop(), gpus.stop()])
      const ended = await writer.end(status)
      // --resume tries points that were left out again, and measures again where an agent was lost.
      const isFinal = writer.manifest.status === 'complete' && (writer.manifest.leftOut ?? []).length === 0
      if (isFinal) await dropKeptClips(writer.folder)
      for (const one of stopped) if (one.status === 'rejected') throw one.reason
      return ended
    },
  }
}

/** The server, model, clip and answer reference of a measurement. */
function describeSubject(
  { model, video }: Point,
  { server, clip, references }: { server: RunningServer; clip: Clip; references: ReferenceAnswers },
): Subject {
  return {
    server: server.identity,
    model: { name: model.name, version: model.version, weights: model.weights },
    video: identifyClip(video, clip),
    answerReference: references.reference,
  }
}

/**
 * A resumed run must use the same server and clip, or its parts could not be compared.
 * @throws UserError (environment) naming the difference
 */
function requireSameSubject(
  { plan, measurements }: RunManifest,
  point: Point,
  { server, clip }: { server: RunningServer; clip: Clip },
): void {
  const alike = new Set(
    plan.points.filter((one) => restartKey(one) === restartKey(point)).map(({ id }) => id),
  )
  for (const before of measurements.filter((record) => alike.has(record.point))) {
    requireSame('server', before.server?.label, server.identity.label)
    requireSame('clip', before.video?.hash, clip.hash)
  }
}

function requireSame(what: string, before: string | undefined, now: string): void {
  if (before === undefined || before === now) return
  throw new UserError(`the ${what} differs from the start of this run`, {
    expected: before,
    received: now,
    remedy: `Resume the run with the same ${what}, or start a new run.`,
    exitCode: ExitCode.environment,
  })
}

/** The encoding cost at the client, measured once per encoding and protocol and never during a load. */
async function addEncodingCost(
  writer: RunWriter,
  { server, batching, model }: Point,
  frames: readonly Uint8Array[],
): Promise<void> {
  if (writer.manifest.encodingCosts.some((cost) => isSentAs(cost, batching))) return
  const { encoding, protocol } = batching
  const message = pointMessage({ server, batching, model })
  const requests = { encoding, protocol, request: model.request, message }
  writer.addEncodingCosts([await measureEncodingCost(frames, requests)])
}

/**
 * The number of load threads of a measurement: the number in the scenario, else the number of the point's first
 * complete measurement, else the warm-up determines it. So all repetitions of a point use the same number, also after
 * `--resume`.
 */
export function chooseThreads(
  { measurements }: Pick<RunManifest, 'measurements'>,
  { id, load, batching }: Pick<Point, 'id' | 'load' | 'batching'>,
): LoadJob['threads'] {
  const first = measurements.find(({ point, complete }) => point === id && complete)
  return load.threads ?? first?.observations?.loadThreads ?? autoThreads(load, batching.framesPerRequest)
}

/** The FPS that autocannon measures at a closed point, with the current settings of the server. */
function secondOpinion(
  { batching, measure }: Point,
  { framesInFlight }: ClosedLoad,
  { server, payload }: Prepared,
  signal: AbortSignal,
): Promise<number> {
  return crossCheckFps(
    {
      endpoint: server.endpoint,
      payload,
      framesPerRequest: batching.framesPerRequest,
      framesInFlight,
      deadlineMs: measure.deadlineMs,
      durationS: Math.max(1, Math.round(measure.durationS)),
    },
    signal,
  )
}
