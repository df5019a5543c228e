import { logFileProperty } from './log-config.js'
import type { TorchServeEnvironment } from './environment/ensure-environment.js'

export interface ServerFiles {
  /** Removed with the server; holds all that follows but perhaps the log. */
  folder: string
  config: string
  logConfig: string
  modelStore: string
  /** java.io.tmpdir: the workers' sockets, the unpacked models. */
  temp: string
  workerSettings: string
  log: string
}

/**
 * The arguments of java. TorchServe's own launcher (ts/model_server.py) is left out: it keeps a pid file that two
 * servers would share, and a SIGTERM to it leaves java behind. Pure.
 */
export function javaArguments(
  environment: Pick<TorchServeEnvironment, 'sitePackages' | 'python'>,
  files: ServerFiles,
): string[] {
  return [
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
    // No snapshots: they would bring back an earlier server's models.
    '-ncs',
    '--disable-token-auth',
    '--enable-model-api',
  ]
}

/**
 * The server's environment: the user's, without what would redirect TorchServe or its Python. Pure.
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
