import { basename } from 'node:path'
import type { TorchServeSettings } from '../../../scenario/plan/plan.js'
import {
  ensureEnvironment,
  requireManagedPlatform,
  type InstallOptions,
  type TorchServeEnvironment,
} from './ensure-environment.js'
import { ensureJava, requireJava } from './java.js'
import { inspectOwnPython } from './own-python.js'
import { ensureRequirements, readRequirements } from './own-requirements.js'

/** The environment in which a managed TorchServe runs. */
export interface ServerEnvironment extends Omit<TorchServeEnvironment, 'folder'> {
  /** What makes it differ from the included one, for the run's details. */
  details: Record<string, string>
}

/**
 * The environment of a server: the included one, that one with the user's requirements on top, or the user's own.
 *
 * @throws UserError (exit code 2) if a file of the settings cannot be read, (exit code 3) if it cannot be used or
 * installed
 */
export async function chooseEnvironment(
  { python, requirements }: Pick<TorchServeSettings, 'python' | 'requirements'>,
  options: InstallOptions,
): Promise<ServerEnvironment> {
  requireManagedPlatform(process.platform)
  if (python !== undefined) {
    const own = await inspectOwnPython(python, options.signal)
    const java = await requireJava(own, options.signal)
    return { ...own, java, details: { environment: `your own: ${basename(python)}` } }
  }
  if (requirements === undefined) return { ...(await ensureEnvironment(options)), details: {} }
  const wanted = await readRequirements(requirements)
  const { base, ...environment } = await ensureRequirements(wanted, options)
  const java = await ensureJava(base.folder, base, options)
  const details = { requirements: `${basename(requirements)}, sha256 ${wanted.hash}` }
  return { ...environment, java, details }
}
