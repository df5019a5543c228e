import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Point } from '../scenario/plan/plan.js'
import type { MeasurementRecord, RunManifest } from '../run/manifest.js'
import { createSampleFile, openSampleWriter } from '../run/sample-writer.js'
import type { MeasurementSamples } from '../run/record.js'
import type { BatchFormed } from '../run/batches-formed.js'
import type { Simulated } from './analyse-simulated.test.support.js'
import { groupBy } from './point-identity.js'
import { manifestOf, simulateMeasurement } from './simulated-run.test.support.js'

/** Simulates each point and leaves a run folder as measuring would: manifest, sample files, the server's log lines. */
export async function writeSimulatedRun(
  folder: string,
  points: Point[],
  repetitions: number,
  change: (manifest: RunManifest) => RunManifest | void = () => undefined,
  changeMeasurement: (measurement: Simulated, point: Point) => void = () => undefined,
): Promise<void> {
  await mkdir(join(folder, 'samples'), { recursive: true })
  const records: MeasurementRecord[] = []
  for (const point of points)
    for (let repetition = 1; repetition <= repetitions; repetition++) {
      const measurement = simulateMeasurement(point, repetition)
      changeMeasurement(measurement, point)
      const { record, samples, batches } = measurement
      await writeSamples(join(folder, record.sampleFile), samples)
      record.batchLogFile = record.sampleFile.replace('.bin', '-batches.txt')
      await writeFile(join(folder, record.batchLogFile), logOf(batches, samples))
      records.push(record)
    }
  const manifest = manifestOf(points, records)
  await writeFile(join(folder, 'run.json'), `${JSON.stringify(change(manifest) ?? manifest, undefined, 2)}\n`)
}

/** Fewer than a writer lets wait for the disk. */
const blocksThatWait = 100

/** Writes each request with its frames, as a load thread does. @param rowsPerBlock requests after which a block ends */
export async function writeSamples(
  file: string,
  { requests, frames }: MeasurementSamples,
  rowsPerBlock = Number.POSITIVE_INFINITY,
): Promise<void> {
  const framesOf = groupBy(
    Array.from({ length: frames.count }, (_, i) => i),
    (i) => frames.requestRow[i]!,
  )
  createSampleFile(file)
  const open = () =>
    openSampleWriter(file, (error) => {
      throw error
    })
  let writer = open()
  let waiting = 0
  const ids = new Uint32Array(requests.serverRequestId.buffer)
  for (let row = 0; row < requests.count; row++) {
    writer.request({
      request: requests.request[row]!,
      phase: requests.phase[row]!,
      outcome: requests.outcome[row]!,
      status: requests.status[row]!,
      frames: requests.frames[row]!,
      firstFrame: requests.firstFrame[row]!,
      client: requests.client[row]!,
      dueUs: requests.dueUs[row]!,
      sentUs: requests.sentUs[row]!,
      answeredUs: requests.answeredUs[row]!,
      connectUs: requests.connectUs[row]!,
      bodyBytes: requests.bodyBytes[row]!,
      answerBytes: requests.answerBytes[row]!,
      answerDeviation: requests.answerDeviation[row]!,
      serverRequestId: ids.subarray(row * 4, row * 4 + 4),
    })
    for (const i of framesOf.get(row) ?? []) writeFrame(i)
    if (row % rowsPerBlock !== rowsPerBlock - 1) continue
    writer.flush()
    // A block of a few rows occupies as much memory as a full one, and the writer refuses to let too many wait.
    if (++waiting % blocksThatWait !== 0) continue
    await writer.close()
    writer = open()
  }
  for (const i of framesOf.get(-1) ?? []) writeFrame(i)
  await writer.close()

  function writeFrame(i: number): void {
    writer.frame(
      frames.camera[i]!,
      frames.frame[i]!,
      frames.request[i]!,
      frames.phase[i]!,
      frames.outcome[i]!,
      frames.capturedUs[i]!,
    )
  }
}

/** TorchServe's own line for each batch. */
function logOf(batches: BatchFormed[], { requests }: MeasurementSamples): string {
  const ids = new Map<number, string>()
  for (let row = 0; row < requests.count; row++) {
    const hex = Buffer.from(requests.serverRequestId.subarray(row * 16, row * 16 + 16)).toString('hex')
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    ids.set(requests.request[row]!, uuid)
  }
  return batches
    .map(
      ({ handlerMs, members }) =>
        `2026-11-24T10:00:00,000 [INFO ] W-9000-resnet-18_1.0 org.pytorch.serve.wlm.WorkerLifeCycle - ` +
        `result=[METRICS]PredictionTime.Milliseconds:${handlerMs!.toFixed(2)}|#ModelName:resnet-18,Level:Model|` +
        `#type:GAUGE|#hostname:example,1795514400,${members.map((request) => ids.get(request)).join(',')}, pattern=[METRICS]\n`,
    )
    .join('')
}
