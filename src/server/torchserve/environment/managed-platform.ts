import { ExitCode, UserError } from '../../../system/user-error.js'

/** Whether Framestorm runs a TorchServe itself on this kind of machine: process groups, Unix sockets, wheels. Pure. */
export function isManagedPlatform(platform: string): boolean {
  return platform === 'linux' || platform === 'darwin'
}

/** @throws UserError with exit code 3 elsewhere */
export function requireManagedPlatform(platform: string): void {
  if (isManagedPlatform(platform)) return
  throw new UserError('a TorchServe of our own runs on Linux and macOS only', {
    received: platform,
    remedy: 'Measure a server by its URL (--server http://host:8080), or use --server embedded.',
    exitCode: ExitCode.environment,
  })
}
