import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { execa } from 'execa'
import coerce from 'semver/functions/coerce.js'
import gte from 'semver/functions/gte.js'
import { z } from 'zod'
import { cleanEnvironment, venvPython } from '../../../system/python-env/make-venv.js'
import { ExitCode, UserError, messageOf } from '../../../system/user-error.js'
import type { EnvironmentStamp } from './environment-folder.js'

/** A Python environment of the user's own in which TorchServe is installed. */
export interface OwnPython extends EnvironmentStamp {
  python: string
}

/** What TorchServe's workers import, by module, with the name for pip. */
const needed = {
  ts: 'torchserve',
  torch: 'torch',
  yaml: 'pyyaml',
  psutil: 'psutil',
  packaging: 'packaging',
} as const

/** The first release with --disable-token-auth and --enable-model-api, which the managed server is started with. */
const oldestTorchServe = '0.11.1'
/** TorchServe's setup.py: python_requires. */
const oldestPython = '3.8.0'

const factsSchema = z.object({
  pythonVersion: z.string(),
  /** Folder that holds the package ts; empty if there is none. */
  sitePackages: z.string(),
  missing: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
})

// find_spec of a top-level module finds it without importing it.
const factsProgram = `
import importlib.metadata, importlib.util, json, os, sys
specs = {name: importlib.util.find_spec(name) for name in ${JSON.stringify(Object.keys(needed))}}
ts = specs["ts"]
home = os.path.dirname(os.path.dirname(ts.origin)) if ts is not None and ts.origin else ""
if home and not os.path.isfile(os.path.join(home, "ts", "frontend", "model-server.jar")):
  home = ""
versions = {}
for found in importlib.metadata.distributions():
  versions.setdefault((found.metadata["Name"] or "").lower(), found.version)
print(json.dumps({
  "pythonVersion": "%d.%d.%d" % sys.version_info[:3],
  "sitePackages": home,
  "missing": [name for name, spec in specs.items() if spec is None or (name == "ts" and not home)],
  "versions": versions,
}))
`

/**
 * The user's own environment, checked for what TorchServe needs. Nothing is installed into it.
 *
 * @param path the folder of a virtual environment, or a Python interpreter
 * @throws UserError (exit code 2) if there is no Python, (exit code 3) if it lacks a package or has one that is too old
 */
export async function inspectOwnPython(path: string, signal?: AbortSignal): Promise<OwnPython> {
  const python = await interpreterOf(path)
  const facts = await askFacts(python, path, signal)
  const parts = { where: `server.python ${path}`, exitCode: ExitCode.environment }
  if (!gte(facts.pythonVersion, oldestPython)) {
    throw new UserError('this Python is too old for TorchServe', {
      ...parts,
      expected: `Python ${oldestPython} or later`,
      received: facts.pythonVersion,
      remedy: 'Name an environment with a later Python in server.python.',
    })
  }
  if (facts.missing.length > 0) {
    const packages = Object.entries(needed).flatMap(([module, name]) =>
      facts.missing.includes(module) ? [name] : [],
    )
    throw new UserError(`this Python environment lacks ${packages.join(', ')}`, {
      ...parts,
      expected: `an environment with ${Object.values(needed).join(', ')}`,
      received: `Python ${facts.pythonVersion} without ${packages.join(', ')}`,
      remedy: `Run ${python} -m pip install ${packages.join(' ')}. Or remove server.python: Framestorm then uses its own environment.`,
    })
  }
  const version = facts.versions['torchserve'] ?? 'unknown'
  const coerced = coerce(version)
  if (coerced !== null && !gte(coerced, oldestTorchServe)) {
    throw new UserError('this TorchServe is too old to be managed', {
      ...parts,
      expected: `torchserve ${oldestTorchServe} or later`,
      received: `torchserve ${version}`,
      remedy: `Run ${python} -m pip install -U torchserve. Or start it yourself and measure it by its URL.`,
    })
  }
  const { pythonVersion, sitePackages, versions } = facts
  return { python, basePython: python, pythonVersion, sitePackages, versions }
}

async function interpreterOf(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    const found = await stat(absolute)
    if (!found.isDirectory()) return absolute
    await stat(venvPython(absolute))
    return venvPython(absolute)
  } catch (error) {
    throw new UserError('there is no Python environment at this path', {
      where: `server.python ${path}`,
      expected: 'the folder of a virtual environment, or a Python interpreter',
      received: messageOf(error),
      remedy:
        'Check the path. `python -c "import sys; print(sys.executable)"` prints it for the active environment.',
      cause: error,
    })
  }
}

async function askFacts(
  python: string,
  path: string,
  signal?: AbortSignal,
): Promise<z.infer<typeof factsSchema>> {
  const result = await execa(python, ['-c', factsProgram], {
    env: cleanEnvironment(process.env),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
    ...(signal && { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  try {
    return factsSchema.parse(JSON.parse(result.failed ? '' : result.stdout))
  } catch (error) {
    throw new UserError('this Python does not run', {
      where: `server.python ${path}`,
      expected: 'a Python interpreter that starts',
      received: result.shortMessage ?? 'something else than a Python',
      excerpt: result.stderr === '' ? undefined : result.stderr.split('\n').slice(-8).join('\n'),
      remedy: 'Check the path, or create the environment anew.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}
