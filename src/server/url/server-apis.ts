import { accessSync, constants } from 'node:fs'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { UrlSettings } from '../../scenario/schema/settings.js'
import type { ServerApi } from '../management/call-api.js'

export interface ServerApis {
  inference: ServerApi
  management?: ServerApi
}

/**
 * TorchServe has a key for each API. The management key is taken from `<tokenEnv>_MANAGEMENT` where that is set, else
 * both are taken to be the same (as behind a proxy that checks its own).
 */
function managementTokenEnv(tokenEnv: string | undefined): string | undefined {
  if (tokenEnv === undefined) return undefined
  const own = `${tokenEnv}_MANAGEMENT`
  return process.env[own] === undefined ? tokenEnv : own
}

/**
 * The APIs that the settings give, checked as far as that goes without asking the server.
 *
 * @throws UserError: a token variable that is not set (3), a log that cannot be read (3), manage without an address (2)
 */
export function serverApis(settings: UrlSettings): ServerApis {
  const { inferenceUrl, managementUrl, tokenEnv, logFile, manage } = settings
  if (tokenEnv !== undefined && (process.env[tokenEnv] ?? '') === '') {
    throw new UserError(`the environment variable ${tokenEnv} is not set`, {
      where: 'tokenEnv',
      expected: `the server's inference token in ${tokenEnv}`,
      remedy: `export ${tokenEnv}=…; for the management API, ${tokenEnv}_MANAGEMENT.`,
      exitCode: ExitCode.environment,
    })
  }
  if (manage && managementUrl === undefined) {
    throw new UserError('manage: true needs the address of the management API', {
      where: 'server.managementUrl',
      expected: 'such as http://host:8081',
      received: 'nothing',
      remedy: 'Give managementUrl, or leave manage out and set the batching of the server yourself.',
    })
  }
  if (logFile !== undefined) checkReadable(logFile)
  return {
    inference: { name: 'inference', url: inferenceUrl, tokenEnv },
    ...(managementUrl !== undefined && {
      management: { name: 'management', url: managementUrl, tokenEnv: managementTokenEnv(tokenEnv) },
    }),
  }
}

function checkReadable(logFile: string): void {
  try {
    accessSync(logFile, constants.R_OK)
  } catch (error) {
    throw new UserError('the log file of the server cannot be read', {
      where: logFile,
      received: messageOf(error),
      remedy: 'Give the path of its ts_log.log on this machine, or leave logFile out.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}
