import { ExitCode } from '../../system/exit-code.js'
import { UserError } from '../../system/user-error.js'
import { messageOf } from '../../system/processes/system-error.js'

/** What to tell where the server cannot listen, mostly because the port is taken. */
export function listenFailure(error: unknown): UserError {
  return new UserError('the embedded server cannot listen', {
    where: '127.0.0.1',
    received: messageOf(error),
    remedy: 'Give other ports, or 0 for free ones.',
    exitCode: ExitCode.environment,
    cause: error,
  })
}
