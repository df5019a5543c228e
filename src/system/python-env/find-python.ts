import { execa } from 'execa'
import satisfies from 'semver/functions/satisfies.js'
import { z } from 'zod'
import { ExitCode, UserError } from '../user-error.js'

/** What Python is needed for, and which versions are accepted. */
export interface PythonNeed {
  /** A range of semver, such as `>=3.10 <3.15`. */
  versions: string
  /** The same range in words: `Python 3.10 to 3.14`. */
  wanted: string
  /** What Python will run: `TorchServe 0.12 with torch 2.13`. */
  purpose: string
  /** What the user can do instead, as a sentence. */
  alternative: string
}

const probeSchema = z.object({
  /** The path of the interpreter itself, not of a shim. */
  executable: z.string(),
  /** `3.11.7` */
  version: z.string(),
  /** Whether it can create virtual environments with pip. */
  hasVenv: z.boolean(),
})

/** A script that prints facts about a Python interpreter. */
export type PythonProbe = z.infer<typeof probeSchema>

// Debian's python3 without python3-venv lacks ensurepip, but `import venv` succeeds there.
const probeProgram = `
import importlib.util, json, sys
print(json.dumps({
  "executable": sys.executable,
  "version": "%d.%d.%d" % sys.version_info[:3],
  "hasVenv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")),
}))
`

/** Commands to try, best first: the user's default, then the versions that are tested most. */
const pythonCommands = [
  'python3',
  'python3.12',
  'python3.11',
  'python3.13',
  'python3.14',
  'python3.10',
  'python',
]

/** FRAMESTORM_PYTHON, if it is set. It is then the only candidate. */
function namedPython(): string | undefined {
  return process.env['FRAMESTORM_PYTHON'] || undefined
}

/** Runs a command to find out which Python it is. Undefined if it is not a Python, or a shim without one. */
async function probePython(command: string, signal?: AbortSignal): Promise<PythonProbe | undefined> {
  const result = await execa(command, ['-c', probeProgram], {
    reject: false,
    timeout: 20_000,
    stdin: 'ignore',
    ...(signal && { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  if (result.failed) return undefined
  try {
    return probeSchema.parse(JSON.parse(result.stdout))
  } catch {
    return undefined
  }
}

async function probePythons(
  isEnough: (probe: PythonProbe) => boolean,
  signal?: AbortSignal,
): Promise<PythonProbe[]> {
  const named = namedPython()
  const probes: PythonProbe[] = []
  for (const command of named === undefined ? pythonCommands : [named]) {
    const probe = await probePython(command, signal)
    if (probe === undefined) continue
    probes.push(probe)
    if (isEnough(probe)) break
  }
  return probes
}

/**
 * The Python for creating an environment: FRAMESTORM_PYTHON if it is set, else the first usable one on PATH.
 *
 * @throws UserError (exit code 3) if there is none, if it is too old or too new, or if it lacks venv
 */
export async function findPython(need: PythonNeed, signal?: AbortSignal): Promise<PythonProbe> {
  return choosePython(await probePythons((probe) => isUsable(probe, need), signal), need, namedPython())
}

/** Whether there is any Python, usable or not. */
export async function hasPython(signal?: AbortSignal): Promise<boolean> {
  return (await probePythons(() => true, signal)).length > 0
}

function isUsable({ version, hasVenv }: PythonProbe, { versions }: PythonNeed): boolean {
  return hasVenv && satisfies(version, versions)
}

/**
 * The first usable Python.
 *
 * @param probes the Pythons that were found, in order of preference
 * @param named the value of FRAMESTORM_PYTHON
 * @throws UserError (exit code 3) that names the Python that was found instead
 */
export function choosePython(probes: PythonProbe[], need: PythonNeed, named?: string): PythonProbe {
  const usable = probes.find((probe) => isUsable(probe, need))
  if (usable !== undefined) return usable
  const parts = {
    where: named === undefined ? undefined : `FRAMESTORM_PYTHON=${named}`,
    expected: `${need.wanted} with the venv module`,
    exitCode: ExitCode.environment,
  }
  const withoutVenv = probes.find(({ version }) => satisfies(version, need.versions))
  if (withoutVenv !== undefined) {
    const minor = withoutVenv.version.split('.').slice(0, 2).join('.')
    throw new UserError('Python has no venv module', {
      ...parts,
      received: `${withoutVenv.executable} (Python ${withoutVenv.version}), no venv or ensurepip`,
      remedy: `Install the module (on Debian and Ubuntu the package python${minor}-venv). ${need.alternative}`,
    })
  }
  if (probes.length > 0) {
    const found = probes.map((probe) => `${probe.executable} (Python ${probe.version})`)
    throw new UserError(`this Python version cannot run ${need.purpose}`, {
      ...parts,
      received: [...new Set(found)].join(', '),
      remedy: `Install a Python in that range, or set FRAMESTORM_PYTHON to one. ${need.alternative}`,
    })
  }
  throw new UserError(`no Python was found, and ${need.purpose} needs one`, {
    ...parts,
    received:
      named === undefined
        ? `none of ${pythonCommands.join(', ')} on PATH`
        : 'a program that is not a working Python',
    remedy: `Install Python, or set FRAMESTORM_PYTHON to one. ${need.alternative}`,
  })
}
