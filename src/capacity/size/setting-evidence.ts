import stableStringify from 'safe-stable-stringify'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { partsOf } from '../../run/sample-parts.js'
import { knownWorkers, type CameraLoad, type Point } from '../../scenario/plan/plan.js'
import type { CapacityRun, SettingCapacity } from '../capacity-run.js'
import type { LabelSetting } from '../capacity-setting.js'
import { collectFits } from '../simulator/collect-fits.js'
import type { FittedServer, PhasedMeasurement } from '../simulator/fit-server.js'
import { measuredRun, type CameraRun } from '../verdict/camera-run.js'
import type { SizeQuestion } from './size-question.js'

/** A measured camera load. */
export interface CameraEvidence {
  load: CameraLoad
  /** Counted by the SLO in question; undefined if the load's rate is another one. */
  run: CameraRun | undefined
}

/** The evidence of a run about one setting: one way to batch on one server, under any load. */
export interface SettingEvidence {
  /** The setting's label, for people. */
  setting: string
  /** A point with this setting. */
  point: Point
  cameraRuns: CameraEvidence[]
  /** Results of capacity searches, at any rate and SLO. */
  capacities: SettingCapacity[]
  /** Undefined if no batch was logged. */
  fitted?: FittedServer | undefined
  /** Mean bytes of the bodies for one frame, in each direction; undefined if nothing was answered. */
  upBytesPerFrame?: number | undefined
  downBytesPerFrame?: number | undefined
}

interface Gathering {
  evidence: SettingEvidence
  frames: number
  upBytes: number
  downBytes: number
}

/**
 * Reads the measurements of a run once, in any order, and collects the evidence for each setting. The samples of a
 * measurement are not kept. Batches of settings that use the handler in the same way (model, encoding, protocol,
 * workers) are fitted together.
 */
export async function settingEvidence(
  question: SizeQuestion,
  measurements: AsyncIterable<PhasedMeasurement> | Iterable<PhasedMeasurement>,
  capacity: CapacityRun | undefined,
  labelSetting: LabelSetting,
): Promise<SettingEvidence[]> {
  const settings = new Map<string, Gathering>()
  const fits = collectFits()
  const searched = capacity?.settings ?? []
  const gather = (point: Point): Gathering => {
    const key = serverAndBatchingKey(point)
    const same = searched.filter((one) => serverAndBatchingKey(one.point) === key)
    const known = settings.get(key) ?? newGathering(point, same, labelSetting)
    settings.set(key, known)
    return known
  }
  for await (const measurement of measurements) {
    const { point } = measurement
    const gathering = gather(point)
    if (point.load.kind === 'cameras')
      gathering.evidence.cameraRuns.push(
        cameraEvidence(question, measurement, point.load, gathering.evidence),
      )
    countBytes(gathering, measurement)
    fits.add(measurement)
  }
  for (const { point } of searched) gather(point)
  const fittedFor = fits.end()
  return [...settings.values()].map(({ evidence, frames, upBytes, downBytes }) => ({
    ...evidence,
    fitted: fittedFor(evidence.point),
    upBytesPerFrame: frames > 0 ? upBytes / frames : undefined,
    downBytesPerFrame: frames > 0 ? downBytes / frames : undefined,
  }))
}

/** Counted now, because the samples are not kept; not at all if a search answers the question better. */
function cameraEvidence(
  question: SizeQuestion,
  measurement: MeasurementInput,
  load: CameraLoad,
  { capacities }: SettingEvidence,
): CameraEvidence {
  const { fps, slo } = question
  if (load.fps !== fps || capacities.some((one) => answersQuestion(one, question)))
    return { load, run: undefined }
  const { summary } = summariseMeasurement(measurement)
  return { load, run: measuredRun({ input: measurement, summary }, { slo }) }
}

/** A search at exactly this rate and SLO. */
export function answersQuestion(
  searched: SettingCapacity,
  { fps, slo }: Pick<SizeQuestion, 'fps' | 'slo'>,
): boolean {
  return searched.fps === fps && hasSlo(searched, slo)
}

export function hasSlo({ slo }: SettingCapacity, wanted: SizeQuestion['slo']): boolean {
  return slo.latencyMs === wanted.latencyMs && slo.percentile === wanted.percentile
}

function newGathering(point: Point, capacities: SettingCapacity[], labelSetting: LabelSetting): Gathering {
  const setting = labelSetting(point, knownWorkers(point))
  return {
    evidence: { setting, point, cameraRuns: [], capacities },
    frames: 0,
    upBytes: 0,
    downBytes: 0,
  }
}

function countBytes(gathering: Gathering, { samples }: MeasurementInput): void {
  for (const { requests } of partsOf(samples, 'answeredUs'))
    for (let row = 0; row < requests.count; row++) {
      if (requests.status[row] !== 200) continue
      gathering.frames += requests.frames[row]!
      gathering.upBytes += requests.bodyBytes[row]!
      gathering.downBytes += requests.answerBytes[row]!
    }
}

function serverAndBatchingKey({ server, model, video, batching }: Point): string {
  return stableStringify([server, model, video, batching])
}
