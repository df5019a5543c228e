import { execa } from 'execa'
import { satisfies } from 'semver'
import { z } from 'zod'
import { ExitCode, UserError } from '../user-error.js'

/** What a Python is needed for, and which versions do. */
export interface PythonNeed {
  /** A range of semver, such as `>=3.10 <3.15`. */
  versions: string
  /** The same range for people: `Python 3.10 to 3.14`. */
  wanted: string
  /** What it is to run: `TorchServe 0.12 with torch 2.13`. */
  purpose: string
  /** What the user can do instead, as a sentence. */
  alternative: string
}

const probeSchema = z.object({
  /** The interpreter's own file, free of shims. */
  executable: z.string(),
  /** `3.11.7` */
  version: z.string(),
  /** Whether it can make virtual environments with pip in them. */
  hasVenv: z.boolean(),
})

/** What a Python interpreter says about itself. */
export type PythonProbe = z.infer<typeof probeSchema>

// ensurepip is what Debian's python3 lacks without python3-venv: `import venv` alone succeeds there.
const probeProgram = `
import importlib.util, json, sys
print(json.dumps({
  "executable": sys.executable,
  "version": "%d.%d.%d" % sys.version_info[:3],
  "hasVenv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")),
}))
`

/** Where Python is looked for, best first: the user's own default, then the versions tried most. */
const pythonCommands = [
  'python3',
  'python3.12',
  'python3.11',
  'python3.13',
  'python3.14',
  'python3.10',
  'python',
]

/** FRAMESTORM_PYTHON, if the user names one: then it is the only candidate. */
function namedPython(): string | undefined {
  return process.env['FRAMESTORM_PYTHON'] || undefined
}

/** Asks a command what Python it is; undefined if it is none (or a shim that leads nowhere). */
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
 * The Python to make an environment with: FRAMESTORM_PYTHON if it is set, else the first usable one on PATH.
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
 * @param probes what was found, in order of preference
 * @param named the value of FRAMESTORM_PYTHON
 * @throws UserError (exit code 3) that says what was found instead
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
    throw new UserError('Python was found, but without its venv module', {
      ...parts,
      received: `${withoutVenv.executable} (Python ${withoutVenv.version}), no venv or ensurepip`,
      remedy: `Install the module (on Debian and Ubuntu the package python${minor}-venv). ${need.alternative}`,
    })
  }
  if (probes.length > 0) {
    const found = probes.map((probe) => `${probe.executable} (Python ${probe.version})`)
    throw new UserError(`the Python that was found cannot run ${need.purpose}`, {
      ...parts,
      received: [...new Set(found)].join(', '),
      remedy: `Install a Python in that range, or set FRAMESTORM_PYTHON to one. ${need.alternative}`,
    })
  }
  throw new UserError(`no Python was found, and ${need.purpose} needs one`, {
    ...parts,
    received:
      named === undefined ? `none of ${pythonCommands.join(', ')} on PATH` : 'nothing that runs as a Python',
    remedy: `Install Python, or set FRAMESTORM_PYTHON to one. ${need.alternative}`,
  })
}
