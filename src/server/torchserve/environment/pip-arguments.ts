import { execa } from 'execa'
import coerce from 'semver/functions/coerce.js'
import gte from 'semver/functions/gte.js'
import type { z } from 'zod'
import { cleanEnvironment, venvPython } from '../../../system/python-env/make-venv.js'
import { inventorySchema, requirements } from './environment-folder.js'

/** PyTorch's index of wheels without CUDA. */
export const cpuIndex = 'https://download.pytorch.org/whl/cpu'

export interface PipSituation {
  /** `process.platform` */
  platform: NodeJS.Platform
  hasNvidiaGpu: boolean
  /** Whether `cpuIndex` answers; false if it is not used. */
  cpuIndexReachable: boolean
  /** pip's own settings by name, such as `no-index`, from `pip config list`. */
  settings: ReadonlyMap<string, string>
  /** `23.2.1` */
  pipVersion: string
}

/** On Linux, PyPI's torch includes gigabytes of CUDA. On macOS its wheel is the CPU build. */
function wantsCpuIndex(situation: Pick<PipSituation, 'platform' | 'hasNvidiaGpu' | 'settings'>): boolean {
  const offline = situation.settings.get('no-index')
  return (
    situation.platform === 'linux' &&
    !situation.hasNvidiaGpu &&
    (offline === undefined || ['false', '0', 'no', 'off'].includes(offline.toLowerCase()))
  )
}

/**
 * Arguments after `pip install` for the requirements. The user's own proxy, mirror and find-links stay in force: pip
 * reads them itself. The CPU index is only added: its `2.13.0+cpu` sorts before a plain `2.13.0` (PEP 440) and meets
 * the same pin.
 */
export function pipArguments(situation: PipSituation, wanted: readonly string[] = requirements): string[] {
  const reportsBytes = gte(coerce(situation.pipVersion) ?? '0.0.0', '24.1.0')
  return [
    '--progress-bar',
    reportsBytes ? 'raw' : 'off',
    ...(wantsCpuIndex(situation) && situation.cpuIndexReachable ? ['--extra-index-url', cpuIndex] : []),
    ...wanted,
  ]
}

/** `pip config list` as a map: `global.proxy='…'` and `:env:.proxy='…'` both become `proxy`. */
export function parsePipSettings(listing: string): Map<string, string> {
  const settings = new Map<string, string>()
  for (const line of listing.split('\n')) {
    const match = /^(?::env:|global|install|user|site)\.([a-z-]+)='?(.*?)'?$/.exec(line.trim())
    // Environment variables are listed first and win over files.
    if (match !== null && !settings.has(match[1]!)) settings.set(match[1]!, match[2]!)
  }
  return settings
}

/** Whether NVIDIA's driver lists a GPU. TorchServe looks for one by the same command. */
export async function hasNvidiaGpu(signal?: AbortSignal): Promise<boolean> {
  const options = { reject: false, timeout: 20_000, ...(signal && { cancelSignal: signal }) } as const
  const result = await execa('nvidia-smi', ['-L'], options)
  return !result.failed && result.stdout.includes('GPU 0')
}

/** What `pipArguments` needs to know about a virtual environment and its pip. */
export async function pipSituation(
  venv: string,
  { hasNvidiaGpu, signal }: { hasNvidiaGpu: boolean; signal?: AbortSignal | undefined },
): Promise<PipSituation> {
  const settings = parsePipSettings(await askPython(venv, ['-m', 'pip', 'config', 'list'], signal))
  const situation = { platform: process.platform, hasNvidiaGpu, settings }
  const cpuIndexReachable = wantsCpuIndex(situation) && (await isCpuIndexReachable(venv, settings, signal))
  const pipVersion = (await askPython(venv, ['-m', 'pip', '--version'], signal)).split(' ')[1] ?? '0'
  return { ...situation, cpuIndexReachable, pipVersion }
}

/** The output of a virtual environment's Python; empty if it fails. */
async function askPython(venv: string, args: string[], signal?: AbortSignal): Promise<string> {
  const { stdout } = await execa(venvPython(venv), args, {
    env: cleanEnvironment(process.env),
    extendEnv: false,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  return stdout
}

// The distribution that Python would import comes first.
const inventoryProgram = `
import importlib.metadata, json, sysconfig
versions = {}
for found in importlib.metadata.distributions():
  versions.setdefault((found.metadata["Name"] or "").lower(), found.version)
print(json.dumps({"sitePackages": sysconfig.get_paths()["purelib"], "versions": versions}))
`

/** The packages of a virtual environment, and of those that it shares. */
export async function takeInventory(
  venv: string,
  signal?: AbortSignal,
): Promise<z.infer<typeof inventorySchema>> {
  return inventorySchema.parse(JSON.parse(await askPython(venv, ['-c', inventoryProgram], signal)))
}

// Uses Python, because it reads the proxies of the environment and of the system in the same way as pip.
const reachProgram = `
import ssl, sys, urllib.request
url, proxy, cert = sys.argv[1:4]
handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cert or None))]
if proxy:
    handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
urllib.request.build_opener(*handlers).open(urllib.request.Request(url, method="HEAD"), timeout=8).close()
`

/** Whether PyTorch's CPU index answers, with pip's proxy and certificate settings. */
async function isCpuIndexReachable(
  venv: string,
  settings: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<boolean> {
  const connection = [settings.get('proxy') ?? '', settings.get('cert') ?? '']
  const result = await execa(venvPython(venv), ['-c', reachProgram, `${cpuIndex}/torch/`, ...connection], {
    reject: false,
    timeout: 15_000,
    ...(signal && { cancelSignal: signal }),
  })
  signal?.throwIfAborted()
  return !result.failed
}
