import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import * as z from 'zod'
import { hideHeaderValue } from '../scenario/plan/header-values.js'
import type { Point, SloSettings } from '../scenario/plan/plan.js'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../system/user-error.js'
import type { CapacityFound } from './search/capacity-found.js'
import type { SearchState } from './search/search-capacity.js'
import { upgradeSearch } from './earlier-capacity-file.js'
import type { ValueRange } from './sustained/value-range.js'
import type { Tuning } from './tuning.js'
import { isInconclusive } from './verdict/measure-cameras.js'

export const capacityVersion = 2

/** capacity.json in a run folder: the numbers of cameras that each setting carries, and the state of the search. */
export interface CapacityRun {
  /** Files of version 1 can be read, but their searches cannot be resumed. */
  capacityVersion: 1 | typeof capacityVersion
  seed: number
  settings: SettingCapacity[]
  /** The points that the search has requested so far, by purpose. A resumed run finds their measurements by it. */
  pointIds: Record<string, number>
  /** With `--tune`: the point whose batching and workers are varied. */
  tuningBase?: Point | undefined
  /** With `--tune`: all settings, ranked; `settings` are those that were measured. */
  tuning?: Tuning | undefined
}

export interface SettingCapacity {
  /** The setting's label, for people. Its identity is `settingKey(point)`. */
  setting: string
  /** The point that is searched. Its number of cameras has no meaning. */
  point: Point
  slo: SloSettings
  fps: number
  workers: number
  step: number
  /** The result of calibration; undefined until it is complete. */
  calibration?: Calibration | undefined
  search?: SearchState | undefined
  /** Undefined until the search has ended. */
  found?: CapacityFound | undefined
  /** Why nothing was searched: calibration showed that no number of cameras can pass. */
  infeasible?: Infeasible | undefined
}

export interface Calibration {
  /** Frames per second that the saturated server answered. */
  ceilingFps: number
  /** How far that may be off; absent in files of version 1. */
  ceilingRange?: ValueRange | undefined
  /** t(b) = τ + α·b; undefined if the server reports no batches, or too few sizes. */
  tauMs?: number | undefined
  alphaMs?: number | undefined
  /** Latency of a request besides queueing and service. */
  overheadMs?: number | undefined
  /** By how much all service times may be off, as a share; undefined if nothing could be simulated. */
  uncertainty?: number | undefined
}

/** What makes a search pointless. */
export type Infeasible =
  /** One camera (or one edge device of `step` cameras) sends more than the saturated server answers. */
  | { reason: 'rate-above-ceiling'; ceilingFps: number; fps: number; step: number }
  /** A frame that never queues takes longer than the SLO. */
  | { reason: 'slo-below-service-time'; fastestMs: number; sloMs: number }
  /** Nothing can be simulated, and even the largest number of cameras sends too few requests for a verdict in time. */
  | {
      reason: 'window-too-short'
      requestsNeeded: number
      requestsPerS: number
      windowMaxS: number
      percentile: number
    }
  /** The setting was refused with an error in the scenario. */
  | {
      reason: 'refused'
      message: string
      expected?: string | undefined
      received?: string | undefined
      remedy?: string | undefined
    }

const capacityFileName = 'capacity.json'

/** Replaces the file as a whole, after every step of a search. */
export async function writeCapacityFile(folder: string, capacity: CapacityRun): Promise<void> {
  await writeFileAtomic(join(folder, capacityFileName), `${JSON.stringify(capacity, hideHeaderValue, 2)}\n`)
}

/** The fields that are read without being computed again. The rest comes from the same version of Framestorm. */
const shape = z.looseObject({
  capacityVersion: z.union([z.literal(1), z.literal(capacityVersion)]),
  seed: z.number(),
  pointIds: z.record(z.string(), z.number()),
  settings: z.array(
    z.looseObject({
      setting: z.string(),
      point: z.looseObject({ batching: z.looseObject({}), load: z.looseObject({}) }),
      slo: z.looseObject({ latencyMs: z.number(), percentile: z.number() }),
      fps: z.number(),
      workers: z.number(),
      step: z.number(),
    }),
  ),
})

/**
 * Reads the state of a search.
 *
 * @returns undefined if no capacity was searched in this run
 * @throws UserError if the file is damaged or of another version
 */
export async function readCapacityFile(folder: string): Promise<CapacityRun | undefined> {
  const file = join(folder, capacityFileName)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const capacity: CapacityRun = JSON.parse(text)
    shape.parse(capacity)
    if (capacity.capacityVersion === 1) for (const setting of capacity.settings) upgradeSearch(setting)
    return capacity
  } catch (cause) {
    throw new UserError('the capacity file cannot be read', {
      where: file,
      expected: `a capacity.json of version 1 or ${capacityVersion}, as \`framestorm capacity\` writes it`,
      received: messageOf(cause).split('\n')[0],
      remedy: 'Run `framestorm capacity` again.',
      cause,
    })
  }
}

/** A setting whose search has ended. */
export type SearchedSetting = SettingCapacity & { found: CapacityFound }

/** The result of a capacity run, and the exit code of the command. */
export type CapacityAnswer =
  /** Exit code 4 if the client or the machine caused the first failure. The capacity is then a lower bound. */
  | { kind: 'found'; exitCode: ExitCode; best: SearchedSetting; settings: SearchedSetting[] }
  /** Calibration showed that the only setting cannot carry a camera. */
  | { kind: 'infeasible'; exitCode: ExitCode; setting: SettingCapacity }
  /** Nothing passes, and the client or the machine was the reason in at least one setting. */
  | { kind: 'not-measured'; exitCode: ExitCode }
  | { kind: 'nothing-passes'; exitCode: ExitCode }
  /** The time of the budget was up before a number was seen to pass. */
  | { kind: 'out-of-time'; exitCode: ExitCode }

/** Decides the answer of a finished capacity run. */
export function answerCapacity(run: CapacityRun): CapacityAnswer {
  const settings = searchedSettings(run)
  const best = settings[0]
  if (
    best !== undefined &&
    settings.some(
      ({ found }) => found.passing.length > 0 && !(found.planning === 0 && found.open !== undefined),
    )
  ) {
    const exitCode = isInconclusive(best.found.failure) ? ExitCode.invalid : ExitCode.pass
    return { kind: 'found', exitCode, best, settings }
  }
  const [only, ...others] = run.settings
  if (only?.infeasible !== undefined && others.length === 0)
    return { kind: 'infeasible', exitCode: ExitCode.usage, setting: only }
  if (settings.some(({ found }) => found.open !== undefined))
    return { kind: 'out-of-time', exitCode: ExitCode.usage }
  return settings.some(({ found }) => isInconclusive(found.failure))
    ? { kind: 'not-measured', exitCode: ExitCode.invalid }
    : { kind: 'nothing-passes', exitCode: ExitCode.usage }
}

/** Settings whose search has ended, by the number of cameras that they carry, largest first. */
export function searchedSettings({ settings }: CapacityRun): SearchedSetting[] {
  return settings
    .filter((setting): setting is SearchedSetting => setting.found !== undefined)
    .toSorted((a, b) => b.found.planning - a.found.planning)
}
