import { stat } from 'node:fs/promises'

import { UserError } from '../../system/user-error.js'

/**
 * Throws a UserError (usage) for what is certainly no video: ffmpeg's own words for these are less clear and differ
 * between versions.
 */
export async function requireVideoFile(path: string): Promise<void> {
  let problem: string | undefined
  try {
    const found = await stat(path)
    if (found.isDirectory()) problem = 'a folder'
    else if (found.isFile() && found.size === 0) problem = 'an empty file'
  } catch (error) {
    problem =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error)
  }
  if (problem === undefined) return
  throw new UserError('the video cannot be read', {
    where: path,
    expected: 'a video file',
    received: problem,
    remedy: 'correct the path (in a scenario, video.source is relative to the scenario file)',
  })
}
