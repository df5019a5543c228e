import { choosePython, isUsablePython, pythonCommands } from './choose-python.js'
import { probePython, type PythonProbe } from './probe-python.js'

/** FRAMESTORM_PYTHON, where the user names one. */
function ownPython(): string | undefined {
  return process.env['FRAMESTORM_PYTHON'] || undefined
}

async function probePythons(signal?: AbortSignal): Promise<PythonProbe[]> {
  const own = ownPython()
  const probes: PythonProbe[] = []
  for (const command of own === undefined ? pythonCommands : [own]) {
    const probe = await probePython(command, signal)
    if (probe === undefined) continue
    probes.push(probe)
    if (isUsablePython(probe)) break
  }
  return probes
}

/**
 * The Python that the environment is made with: FRAMESTORM_PYTHON where set, else the first usable one on PATH.
 *
 * @throws UserError with exit code 3: none, too old or too new, without venv
 */
export async function findPython(signal?: AbortSignal): Promise<PythonProbe> {
  return choosePython(await probePythons(signal), ownPython())
}

/** Whether there is any Python, usable or not: `auto` turns to the embedded server only where there is none. */
export async function hasPython(signal?: AbortSignal): Promise<boolean> {
  return (await probePythons(signal)).length > 0
}
