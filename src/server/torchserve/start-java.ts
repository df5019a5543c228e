import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { GuardedProcess } from '../../system/processes/spawn-guarded.js'
import { spawnGuarded } from '../../system/processes/spawn-guarded.js'
import type { ServerPorts } from './config-properties.js'
import { configProperties } from './config-properties.js'
import type { TorchServeEnvironment } from './environment/ensure-environment.js'
import { freePorts } from '../free-ports.js'
import type { ServerFiles } from './java-command.js'
import { javaArguments, javaEnvironment } from './java-command.js'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { logConfig } from './log-config.js'

export interface JavaServer {
  process: GuardedProcess
  ports: ServerPorts
  files: ServerFiles
  /** What java printed outside of its log, the last lines of it. */
  output: string[]
  /** True once all its ports are bound, false where it ends before. */
  listening: Promise<boolean>
  hasEnded: () => boolean
}

export interface WantedServer {
  /** Path of the .mar that it will serve. */
  archive: string
  /** Where to write the log, to be kept. */
  logFile?: string
  /** Asked again where the ports turn out to be taken; free ones unless given. */
  choosePorts?: () => Promise<ServerPorts>
}

const attempts = 4
/** Idle, TorchServe takes 3 s from SIGTERM to its end (netty's quiet period). */
const graceMs = 10_000
const startTimeoutMs = 60_000
/** Printed once the ports are bound, about half a second before a model could be loaded (ModelServer.java). */
const startedLine = 'Model server started.'

export async function chooseServerPorts(): Promise<ServerPorts> {
  const [inference, management, metrics, grpcInference, grpcManagement, workers] = await freePorts(6)
  return {
    inference: inference!,
    management: management!,
    metrics: metrics!,
    grpcInference: grpcInference!,
    grpcManagement: grpcManagement!,
    workers: workers!,
  }
}

async function spawnJava(environment: TorchServeEnvironment, wanted: WantedServer): Promise<JavaServer> {
  const ports = await (wanted.choosePorts ?? chooseServerPorts)()
  const files = await makeServerFiles(wanted.archive, wanted.logFile)
  await writeServerConfig(files, ports)
  const output: string[] = []
  let tell: ((isListening: boolean) => void) | undefined
  const listening = new Promise<boolean>((resolve) => (tell = resolve))
  const java = await spawnGuarded(environment.java.command, javaArguments(environment, files), {
    cwd: files.folder,
    env: javaEnvironment(process.env, files),
    graceMs,
    removeAfter: files.folder,
    onLine: (line) => {
      output.push(line)
      if (output.length > 100) output.shift()
      if (line.includes(startedLine)) tell?.(true)
    },
  }).catch(async (error: unknown) => {
    await rm(files.folder, { recursive: true, force: true })
    throw notStarted(environment, messageOf(error), [])
  })
  let ended = false
  void java.exited.then(() => {
    ended = true
    return tell?.(false)
  })
  return { process: java, ports, files, output, listening, hasEnded: () => ended }
}

/** Whether another process took a port between our choosing it and java's binding it. Pure. */
export function isBindFailure(output: readonly string[]): boolean {
  return output.some((line) => /BindException|Address already in use|bind\(\.\.\) failed/i.test(line))
}

/**
 * Starts TorchServe's java, without a model, and waits until its management API answers.
 *
 * @throws UserError with exit code 3 where it ends at once or never answers; the signal's reason on abort
 */
export async function startJava(
  environment: TorchServeEnvironment,
  wanted: WantedServer,
  signal?: AbortSignal,
): Promise<JavaServer> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    const java = await spawnJava(environment, wanted)
    try {
      if (await isListening(java, signal)) return java
    } catch (error) {
      await java.process.end()
      throw error
    }
    await java.process.end()
    if (attempt < attempts && isBindFailure(java.output)) continue
    const received = java.output.length === 0 ? 'it ended without a word' : 'it ended at once'
    throw notStarted(environment, received, java.output)
  }
}

function notStarted(environment: TorchServeEnvironment, received: string, output: string[]): UserError {
  const { command, version } = environment.java
  return new UserError('TorchServe did not start', {
    where: `${command} (Java ${version})`,
    received,
    ...(output.length > 0 && { excerpt: output.slice(-15).join('\n') }),
    remedy: '`framestorm doctor` checks this machine; JAVA_HOME names another Java.',
    exitCode: ExitCode.environment,
  })
}

/** Its own word, not an answer on its port: another server may have got that. False where it has ended before. */
async function isListening(java: JavaServer, signal?: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout(startTimeoutMs)
  const given = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  const ended = new Promise<'ended'>((resolve) => given.addEventListener('abort', () => resolve('ended')))
  const seen = given.aborted ? 'ended' : await Promise.race([java.listening, ended])
  signal?.throwIfAborted()
  if (seen !== 'ended') return seen
  java.output.push(`(it did not say “${startedLine}” within ${startTimeoutMs / 1000} s)`)
  return false
}

/** A Unix socket's path holds about 100 bytes: `<temp>/.ts.sock.65535` must fit. */
const longestTempRoot = 60

/**
 * Lays out a new server's own folder.
 *
 * @param archive path of the .mar that it will serve
 * @param logFile where to write the log instead, to be kept
 */
export async function makeServerFiles(archive: string, logFile?: string): Promise<ServerFiles> {
  const root = tmpdir().length <= longestTempRoot ? tmpdir() : '/tmp'
  const folder = await mkdtemp(join(root, 'framestorm-'))
  const files = {
    folder,
    config: join(folder, 'config.properties'),
    logConfig: join(folder, 'log4j2.xml'),
    modelStore: join(folder, 'models'),
    temp: join(folder, 't'),
    workerSettings: join(folder, 'workers.json'),
    log: logFile === undefined ? join(folder, 'server.log') : resolve(logFile),
  }
  await Promise.all([
    mkdir(files.modelStore),
    mkdir(files.temp),
    mkdir(dirname(files.log), { recursive: true }),
  ])
  await symlink(resolve(archive), join(files.modelStore, basename(archive)))
  await writeFile(files.logConfig, logConfig)
  return files
}

export async function writeServerConfig(files: ServerFiles, ports: ServerPorts): Promise<void> {
  await writeFile(files.config, configProperties(ports, files.modelStore))
}
