import { rm } from 'node:fs/promises'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { spawnGuarded, type GuardedProcess } from '../../system/processes/spawn-guarded.js'
import {
  logFileProperty,
  makeServerFiles,
  writeServerConfig,
  type ConfigLines,
  type ServerFiles,
  type ServerPorts,
} from './server-files.js'
import type { Archive } from '../archive/archive-format.js'
import type { ServerEnvironment } from './environment/choose-environment.js'
import { freePorts } from '../../system/ports.js'
import { environmentVariable } from '../../scenario/grammar/http-header.js'

export interface JavaServer {
  process: GuardedProcess
  ports: ServerPorts
  files: ServerFiles
  /** The last lines that java printed to stdout and stderr. */
  output: string[]
  /** Resolves to true when all its ports are bound, and to false if it exits before. */
  listening: Promise<boolean>
  hasEnded: () => boolean
}

export interface WantedServer {
  /** The model archive to serve. */
  archive: Pick<Archive, 'file' | 'form' | 'unpackedBytes'>
  /** Path of the log, if it is to be kept. */
  logFile?: string | undefined
  /** Picks the ports; called again if they are in use. Default: free ports. */
  choosePorts?: (() => Promise<ServerPorts>) | undefined
  /** Lines of config.properties. */
  config?: ConfigLines | undefined
  /** Environment variables of the server; a value `$env:NAME` refers to a variable of this process. */
  env?: ConfigLines | undefined
}

/** What java is started with. */
type JavaNeeds = Pick<ServerEnvironment, 'java' | 'sitePackages' | 'python'>

const attempts = 4
/** An idle TorchServe takes 3 s from SIGTERM to its exit (netty's quiet period). */
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

async function spawnJava(environment: JavaNeeds, wanted: WantedServer): Promise<JavaServer> {
  const variables = resolveVariables(wanted.env ?? {}, process.env)
  const ports = await (wanted.choosePorts ?? chooseServerPorts)()
  const files = await makeServerFiles(wanted.archive, wanted.logFile)
  await writeServerConfig(files, ports, wanted.config)
  const output: string[] = []
  let resolveListening: ((isListening: boolean) => void) | undefined
  const listening = new Promise<boolean>((resolve) => (resolveListening = resolve))
  const java = await spawnGuarded(
    environment.java.command,
    javaArguments(environment, files, wanted.config),
    {
      cwd: files.folder,
      env: { ...javaEnvironment(process.env, files), ...variables },
      graceMs,
      removeAfter: files.folder,
      onLine: (line) => {
        output.push(line)
        if (output.length > 100) output.shift()
        if (line.includes(startedLine)) resolveListening?.(true)
      },
    },
  ).catch(async (error: unknown) => {
    await rm(files.folder, { recursive: true, force: true })
    throw notStarted(environment, { received: messageOf(error), output: [], wanted })
  })
  let ended = false
  void java.exited.then(() => {
    ended = true
    return resolveListening?.(false)
  })
  return { process: java, ports, files, output, listening, hasEnded: () => ended }
}

/** Whether another process took a port after it was chosen and before java bound it. */
export function isBindFailure(output: readonly string[]): boolean {
  return output.some((line) => /BindException|Address already in use|bind\(\.\.\) failed/i.test(line))
}

/**
 * Starts TorchServe's java, without a model, and waits until its management API answers.
 *
 * @throws UserError (exit code 3) if it exits at once or never answers; the signal's reason on abort
 */
export async function startJava(
  environment: JavaNeeds,
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
    const received = java.output.length === 0 ? 'it exited without any output' : 'it exited at once'
    throw notStarted(environment, { received, output: java.output, wanted })
  }
}

function notStarted(
  environment: JavaNeeds,
  { received, output, wanted }: { received: string; output: string[]; wanted: WantedServer },
): UserError {
  const { command, version } = environment.java
  const set = [wanted.config && 'server.config', wanted.env && 'server.env'].filter(
    (name) => name !== undefined,
  )
  const machine = 'Run `framestorm doctor` to check this machine. To use another Java, set JAVA_HOME.'
  return new UserError('TorchServe did not start', {
    where: `${command} (Java ${version})`,
    received,
    ...(output.length > 0 && { excerpt: output.slice(-15).join('\n') }),
    remedy:
      set.length === 0
        ? machine
        : `Check the values in ${set.join(' and ')}: TorchServe reads them at its start. ${machine}`,
    exitCode: ExitCode.environment,
    // Another point may have other settings.
    ...(set.length > 0 && { concerns: 'model' }),
  })
}

/**
 * Waits for java's own output, not for an answer on its port, because another server may use that port. False if it has
 * exited.
 */
async function isListening(java: JavaServer, signal?: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout(startTimeoutMs)
  const given = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  const ended = new Promise<'ended'>((resolve) => given.addEventListener('abort', () => resolve('ended')))
  const seen = given.aborted ? 'ended' : await Promise.race([java.listening, ended])
  signal?.throwIfAborted()
  if (seen !== 'ended') return seen
  java.output.push(`(it did not print “${startedLine}” within ${startTimeoutMs / 1000} s)`)
  return false
}

/**
 * The arguments of java. TorchServe's own launcher (ts/model_server.py) is not used: its pid file would be shared by
 * two servers, and a SIGTERM to it leaves java running.
 */
export function javaArguments(
  environment: Pick<JavaNeeds, 'sitePackages' | 'python'>,
  files: ServerFiles,
  { vmargs = '' }: ConfigLines = {},
): string[] {
  return [
    ...String(vmargs)
      .split(/\s+/)
      .filter((argument) => argument !== ''),
    `-Dmodel_server_home=${environment.sitePackages}`,
    `-Djava.io.tmpdir=${files.temp}`,
    `-Dlog4j.configurationFile=file://${files.logConfig}`,
    `-D${logFileProperty}=${files.log}`,
    '-cp',
    `${environment.sitePackages}/ts/frontend/*`,
    'org.pytorch.serve.ModelServer',
    '--python',
    environment.python,
    '-f',
    files.config,
    '-s',
    files.modelStore,
    // No snapshots, because they would restore the models of an earlier server.
    '-ncs',
    '--disable-token-auth',
    '--enable-model-api',
  ]
}

/**
 * The server's environment variables: the user's, without those that would change the configuration of TorchServe or
 * its Python.
 */
export function javaEnvironment(own: NodeJS.ProcessEnv, files: ServerFiles): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(
    ([name]) => !name.startsWith('TS_') && !['PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV'].includes(name),
  )
  return {
    ...Object.fromEntries(kept),
    LOG_LOCATION: files.temp,
    METRICS_LOCATION: files.temp,
    TEMP: files.temp,
    TMPDIR: files.temp,
    FRAMESTORM_WORKER_SETTINGS: files.workerSettings,
  }
}

/**
 * The values of `server.env`. A secret is a reference `$env:NAME`, which is looked up here and never saved.
 *
 * @throws UserError (exit code 3) if a variable that a value refers to is not set
 */
export function resolveVariables(written: ConfigLines, own: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      const from = environmentVariable(String(value))
      if (from === undefined) return [name, String(value)]
      const found = own[from]
      if (found !== undefined && found !== '') return [name, found]
      throw new UserError(`the environment variable ${from} is not set`, {
        where: `server.env.${name}`,
        expected: `a value for the server in ${from}`,
        received: found === undefined ? 'no such variable' : 'an empty variable',
        remedy: `Run export ${from}=… before this command, or remove ${name} from server.env.`,
        exitCode: ExitCode.environment,
      })
    }),
  )
}
