import { accessSync, constants } from 'node:fs'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { UrlSettings } from '../../scenario/schema/settings.js'
import type { ServerApi } from '../management/call-api.js'
import { managementTokenEnv, readToken } from '../token.js'

export interface ServerApis {
  inference: ServerApi
  management: ServerApi | undefined
}

/**
 * The APIs that the settings give, checked as far as that goes without asking the server.
 *
 * @throws UserError: a token variable that is not set (3), a log that cannot be read (3), manage without an address (2)
 */
export function serverApis(settings: UrlSettings): ServerApis {
  const { inferenceUrl, managementUrl, tokenEnv, logFile, manage } = settings
  readToken(tokenEnv)
  if (manage && managementUrl === undefined) {
    throw new UserError('manage: true needs the address of the management API', {
      where: 'server.managementUrl',
      expected: 'such as http://host:8081',
      received: 'nothing',
      remedy: 'Give managementUrl, or leave manage out and set the batching of the server yourself.',
    })
  }
  if (logFile !== undefined) checkReadable(logFile)
  const management = managementUrl === undefined ? undefined : managementApi(managementUrl, tokenEnv)
  return { inference: { name: 'inference', url: inferenceUrl, tokenEnv }, management }
}

/** Without a key of its own the management API gets the inference token, which a proxy in front of both checks. */
function managementApi(url: string, tokenEnv: string | undefined): ServerApi {
  const own = tokenEnv === undefined ? undefined : managementTokenEnv(tokenEnv)
  const hasOwn = own !== undefined && process.env[own] !== undefined
  return { name: 'management', url, tokenEnv: hasOwn ? own : tokenEnv }
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
