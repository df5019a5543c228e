import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { cacheFolder } from '../../system/cache-folder.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { runGuarded } from '../../system/processes/spawn-guarded.js'
import { whileSaying, type OnProgress } from '../../system/progress.js'
import { requirements } from '../torchserve/environment/environment-folder.js'
import { checkWeights, isWeightsFile, modelFolder } from './model-files.js'

export interface MakeWeightsOptions {
  /** An interpreter with torch. */
  python: string
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

/** Seed of the default weights; not the scenario's seed, so that every run has the same model. */
const weightsSeed = 1

async function weightsKey(weights: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of ['make_weights.py', 'model.py']) hash.update(await readFile(join(modelFolder, name)))
  hash.update(`${weightsSeed} ${requirements[0]} ${process.arch} `)
  if (!isWeightsFile(weights)) return hash.update(weights).digest('hex')
  await checkWeights(weights)
  return hash.update(await readFile(weights)).digest('hex')
}

/**
 * Creates a state-dict file for the model archive once and keeps it in the cache under the hash of its sources.
 *
 * @param weights `seeded`, `pretrained`, or a state-dict file
 * @throws UserError (exit code 2) for a file that is not valid, (exit code 3) if a download failed
 */
export async function makeWeights(weights: string, options: MakeWeightsOptions): Promise<string> {
  const { python, signal, onProgress } = options
  const isFile = isWeightsFile(weights)
  const source = isFile ? resolve(weights) : weights
  const out = join(cacheFolder(), 'weights', `${(await weightsKey(source)).slice(0, 16)}.pt`)
  if (existsSync(out)) return out

  onProgress?.({ text: `creating the model's weights (${weights})` })
  await mkdir(dirname(out), { recursive: true })
  // Several processes may create the same file at the same time. The last one wins, and the bytes are equal.
  const partial = `${out}.${randomUUID()}`
  const script = join(modelFolder, 'make_weights.py')
  try {
    // -B: no bytecode files in the fixtures folder, which may be read-only.
    const args = ['-B', script, '--weights', source, '--seed', String(weightsSeed), '--out', partial]
    const { code, lines } = await whileSaying(`creating the model's weights (${weights})`, options, () =>
      runGuarded(python, args, { signal }),
    )
    if (code !== 0) throw weightsFailure(weights, lines, isFile ? ExitCode.usage : ExitCode.environment)
    await rename(partial, out)
  } finally {
    await rm(partial, { force: true })
  }
  return out
}

function weightsFailure(weights: string, lines: string[], exitCode: ExitCode): UserError {
  const error = lines.findLast((line) => line.startsWith('error: '))
  return new UserError(`the model's weights could not be created (${weights})`, {
    received: error?.slice('error: '.length),
    excerpt: error === undefined ? lines.slice(-12).join('\n') : undefined,
    remedy: 'Set weights to seeded, or to a file that torch.save wrote from the state dict of a ResNet-18.',
    exitCode,
  })
}
