import { ExitCode, UserError } from '../../../system/user-error.js'
import type { PythonProbe } from './probe-python.js'
import { pythonRange } from './requirements.js'

const oldest = pythonRange.oldest.join('.')
const newest = pythonRange.newest.join('.')
const wanted = `Python ${oldest} to ${newest} with the venv module`

/** Where Python is looked for, best first: the user's own default, then the versions tried most. */
export const pythonCommands = [
  'python3',
  'python3.12',
  'python3.11',
  'python3.13',
  'python3.14',
  'python3.10',
  'python',
]

function fitsRange(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === 3 && minor >= pythonRange.oldest[1] && minor <= pythonRange.newest[1]
}

export function isUsablePython(probe: PythonProbe): boolean {
  return fitsRange(probe.version) && probe.hasVenv
}

/**
 * The first usable Python, or why there is none. Pure.
 *
 * @param probes what was found, in order of preference
 * @param own the value of FRAMESTORM_PYTHON, which alone counts where it is set
 * @throws UserError with exit code 3
 */
export function choosePython(probes: PythonProbe[], own?: string): PythonProbe {
  const usable = probes.find(isUsablePython)
  if (usable !== undefined) return usable
  const where = own === undefined ? undefined : `FRAMESTORM_PYTHON=${own}`
  const parts = { where, expected: wanted, exitCode: ExitCode.environment }
  const withoutVenv = probes.find((probe) => fitsRange(probe.version))
  if (withoutVenv !== undefined) {
    const minor = withoutVenv.version.split('.').slice(0, 2).join('.')
    throw new UserError('Python was found, but without its venv module', {
      ...parts,
      received: `${withoutVenv.executable} (Python ${withoutVenv.version}), no venv or ensurepip`,
      remedy: `Install it (on Debian and Ubuntu the package python${minor}-venv), or use --server embedded.`,
    })
  }
  if (probes.length > 0) {
    const found = probes.map((probe) => `${probe.executable} (Python ${probe.version})`)
    throw new UserError('the Python that was found cannot run TorchServe 0.12 with torch 2.13', {
      ...parts,
      received: [...new Set(found)].join(', '),
      remedy: `Install a Python in that range, or name one by FRAMESTORM_PYTHON; or use --server embedded.`,
    })
  }
  throw new UserError('no Python was found, and the managed TorchServe needs one', {
    ...parts,
    received:
      own === undefined ? `none of ${pythonCommands.join(', ')} on PATH` : 'nothing that runs as a Python',
    remedy:
      'Install Python, or name one by FRAMESTORM_PYTHON; or use --server embedded or the URL of a server.',
  })
}
