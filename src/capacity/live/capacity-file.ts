import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import * as z from 'zod'
import { UserError } from '../../system/user-error.js'
import { type CapacityRun, capacityVersion } from './capacity-run.js'

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
