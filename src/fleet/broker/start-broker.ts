import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { spawnGuarded } from '../../system/processes/spawn-guarded.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { ensureNatsServer } from './nats-server.js'

export interface ManagedBroker {
  /** `nats://127.0.0.1:43215` */
  url: string
  /** Without it the broker accepts nobody. Pass it to other processes in their environment only. */
  token: string
  pid: number
  /** Resolves when it has ended, for whatever reason. */
  exited: Promise<unknown>
  end: () => Promise<void>
}

export interface StartBrokerOptions {
  onProgress: (text: string) => void
  signal?: AbortSignal | undefined
  /** Default: any that is free. */
  port?: number | undefined
  /** Default: random. */
  token?: string | undefined
  /** Where JetStream keeps its messages. Default: a temporary folder, which is removed when the broker ends. */
  storeFolder?: string | undefined
}

/** A random token. It begins with a letter, because the configuration would read digits as a number. */
export function newToken(): string {
  return `t${randomBytes(24).toString('hex')}`
}

const tokenVariable = 'FRAMESTORM_BROKER_TOKEN'
const startMs = 15_000
const pollMs = 20

/**
 * Starts a broker that only processes of this machine reach. It ends with this process, however that ends.
 *
 * @throws UserError (exit code 3) if there is no nats-server, or it does not start
 */
export async function startBroker(options: StartBrokerOptions): Promise<ManagedBroker> {
  const { signal, port = -1, token = newToken(), storeFolder } = options
  const { path } = await ensureNatsServer(options)
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-broker-'))
  const configFile = join(folder, 'nats.conf')
  await writeFile(
    configFile,
    configuration({ port, folder, storeFolder: storeFolder ?? join(folder, 'store') }),
  )
  const lines: string[] = []
  const state = { hasEnded: false }
  // The token is not in the file and not among the arguments, which other users could read.
  const broker = await spawnGuarded(path, ['--config', configFile], {
    env: { ...process.env, [tokenVariable]: token },
    graceMs: 2000,
    removeAfter: folder,
    onLine: (line) => {
      lines.push(line)
      if (lines.length > 50) lines.shift()
    },
  }).catch((error: unknown) => {
    throw notStarted(path, [messageOf(error)])
  })
  void broker.exited.then(() => (state.hasEnded = true))
  try {
    for (const until = Date.now() + startMs; Date.now() < until && !state.hasEnded; await sleep(pollMs)) {
      signal?.throwIfAborted()
      const url = await addressIn(folder)
      if (url !== undefined) {
        const { pid, exited } = broker
        return { url, token, pid, exited, end: () => broker.end() }
      }
    }
    throw notStarted(path, lines)
  } catch (error) {
    await broker.end()
    throw error
  }
}

/** docs.nats.io, "Configuration". `$NAME` is the value of an environment variable. */
function configuration(settings: { port: number; folder: string; storeFolder: string }): string {
  const { port, folder, storeFolder } = settings
  return [
    'host: "127.0.0.1"',
    `port: ${port}`,
    `ports_file_dir: ${JSON.stringify(folder)}`,
    `jetstream { store_dir: ${JSON.stringify(storeFolder)} }`,
    `authorization { token: $${tokenVariable} }`,
    '',
  ].join('\n')
}

const portsSchema = z.object({ nats: z.array(z.string()).min(1) })

/** nats-server writes its addresses into a file once it listens. */
async function addressIn(folder: string): Promise<string | undefined> {
  // The folder is removed when the broker ends.
  const names = await readdir(folder).catch(() => [])
  const name = names.find((one) => one.endsWith('.ports'))
  if (name === undefined) return undefined
  try {
    return portsSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8'))).nats[0]
  } catch {
    // It is being written.
    return undefined
  }
}

function notStarted(path: string, lines: readonly string[]): UserError {
  return new UserError('the broker of the agents did not start', {
    where: path,
    received: lines.length === 0 ? 'no message' : undefined,
    excerpt: lines.length === 0 ? undefined : lines.slice(-12).join('\n'),
    remedy: 'Start a nats-server yourself (nats-server -js), and pass its address with --nats.',
    exitCode: ExitCode.environment,
  })
}
