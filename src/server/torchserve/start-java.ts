import { ExitCode } from '../../errors/exit-code.js'
import { UserError } from '../../errors/user-error.js'
import { spawnGuarded, type GuardedProcess } from '../../processes/spawn-guarded.js'
import type { ServerPorts } from './config-properties.js'
import type { TorchServeEnvironment } from './environment/ensure-environment.js'
import { freePorts } from '../free-ports.js'
import { javaArguments, javaEnvironment, type ServerFiles } from './java-command.js'
import { makeServerFiles, writeServerConfig } from './server-files.js'

export interface JavaServer {
  process: GuardedProcess
  ports: ServerPorts
  files: ServerFiles
  /** What java printed outside of its log, the last lines of it. */
  output: string[]
  /** Set once java has gone by itself or was ended. */
  hasExited: () => boolean
}

export interface WantedServer {
  /** Path of the .mar that it will serve. */
  archive: string
  /** Where to write the log, to be kept. */
  logFile?: string
}

const attempts = 4
/** Idle, TorchServe takes 3 s from SIGTERM to its end (netty's quiet period). */
const graceMs = 10_000
const startTimeoutMs = 60_000
const pollMs = 100

async function chooseServerPorts(): Promise<ServerPorts> {
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

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/models`, { signal: AbortSignal.timeout(5000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

async function spawnJava(environment: TorchServeEnvironment, wanted: WantedServer): Promise<JavaServer> {
  const ports = await chooseServerPorts()
  const files = await makeServerFiles(wanted.archive, wanted.logFile)
  await writeServerConfig(files, ports)
  const output: string[] = []
  let exited = false
  const java = await spawnGuarded(environment.java.command, javaArguments(environment, files), {
    cwd: files.folder,
    env: javaEnvironment(process.env, files),
    graceMs,
    removeAfter: files.folder,
    onLine: (line) => {
      output.push(line)
      if (output.length > 100) output.shift()
    },
  })
  void java.exited.then(() => (exited = true))
  return { process: java, ports, files, output, hasExited: () => exited }
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
      if (await waitForAnswer(java, signal)) return java
    } catch (error) {
      await java.process.end()
      throw error
    }
    await java.process.end()
    if (attempt < attempts && isBindFailure(java.output)) continue
    throw new UserError('TorchServe did not start', {
      where: `${environment.java.command} (Java ${environment.java.version})`,
      received: java.output.length === 0 ? 'it ended without a word' : 'it ended at once',
      excerpt: java.output.slice(-15).join('\n'),
      remedy: 'Check its words above; `framestorm doctor` checks this machine.',
      exitCode: ExitCode.environment,
    })
  }
}

/** True once it answers, false when it has ended before. */
async function waitForAnswer(java: JavaServer, signal?: AbortSignal): Promise<boolean> {
  for (const until = Date.now() + startTimeoutMs; Date.now() < until;) {
    signal?.throwIfAborted()
    if (java.hasExited()) return false
    if (await answers(java.ports.management)) return true
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  java.output.push(`(no answer on its management port within ${startTimeoutMs / 1000} s)`)
  return false
}
