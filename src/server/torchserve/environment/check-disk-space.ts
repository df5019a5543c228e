import { mkdir, statfs } from 'node:fs/promises'

import { ExitCode } from '../../../system/exit-code.js'
import { UserError } from '../../../system/user-error.js'
import { messageOf } from '../../../system/processes/system-error.js'

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/**
 * @throws UserError with exit code 3 where the folder can't be made or its disk has less than `neededBytes` free
 */
export async function checkDiskSpace(folder: string, neededBytes: number): Promise<void> {
  const remedy = 'Make room, or point FRAMESTORM_HOME to a folder on a larger disk that you may write to.'
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new UserError('the cache folder cannot be made', {
      where: folder,
      received: messageOf(error),
      remedy,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= neededBytes) return
  throw new UserError('the cache folder has no room for the Python environment', {
    where: folder,
    expected: `${gigabytes(neededBytes)} free`,
    received: `${gigabytes(free)} free`,
    remedy,
    exitCode: ExitCode.environment,
  })
}
