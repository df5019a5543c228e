import type { Point } from '../scenario/plan/plan.js'
import type { SloSettings } from '../scenario/schema/settings.js'
import type { Tuning } from './tuning.js'
import type { CapacityFound, SearchState } from './search/search-capacity.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import * as z from 'zod'
import { UserError } from '../system/user-error.js'

export const capacityVersion = 1

/** capacity.json in a run folder: which numbers of cameras each setting carries, and all that the search knows. */
export interface CapacityRun {
  capacityVersion: typeof capacityVersion
  seed: number
  settings: SettingCapacity[]
  /** The points that came up so far, by what they are for: a run that goes on finds their measurements again. */
  pointIds: Record<string, number>
  /** Where settings were tuned: all of them, ranked; `settings` are those that were measured. */
  tuning?: Tuning
}

export interface SettingCapacity {
  /** In words. */
  setting: string
  /** The point searched; its number of cameras means nothing. */
  point: Point
  slo: SloSettings
  fps: number
  workers: number
  step: number
  /** What calibration found; absent while it is under way. */
  calibration?: Calibration
  search?: SearchState
  /** Absent until the search has ended. */
  found?: CapacityFound
  /** Why nothing was searched: calibration showed that no number of cameras can pass. */
  hopeless?: { message: string; expected?: string; received?: string; remedy?: string }
}

export interface Calibration {
  /** Frames a second that the saturated server answered. */
  ceilingFps: number
  /** t(b) = τ + α·b, undefined where the server tells of no batches or of too few sizes. */
  tauMs?: number
  alphaMs?: number
  /** Of a request besides queueing and service. */
  overheadMs?: number
  /** By how much all service times may be off, as a share; undefined: nothing could be simulated. */
  uncertainty?: number
}

const capacityFileName = 'capacity.json'

/** Replaced as a whole, after every step of a search. */
export async function writeCapacityFile(folder: string, capacity: CapacityRun): Promise<void> {
  await writeFileAtomic(join(folder, capacityFileName), `${JSON.stringify(capacity, undefined, 2)}\n`)
}

/** What is read of it without being computed again; the rest is ours and of the same version. */
const shape = z.looseObject({
  capacityVersion: z.literal(capacityVersion),
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
 * Undefined where the run searched no capacity.
 *
 * @throws UserError where the file is damaged or of another version
 */
export async function readCapacityFile(folder: string): Promise<CapacityRun | undefined> {
  const file = join(folder, capacityFileName)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const capacity: CapacityRun = JSON.parse(text)
    shape.parse(capacity)
    return capacity
  } catch (cause) {
    throw new UserError('the capacity file cannot be read', {
      where: file,
      expected: `a capacity.json of version ${capacityVersion}, as \`framestorm capacity\` writes it`,
      received: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      remedy: 'run `framestorm capacity` again',
      cause,
    })
  }
}
