import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

import { configProperties, type ServerPorts } from './config-properties.js'
import type { ServerFiles } from './java-command.js'
import { logConfig } from './log-config.js'

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
