import { resolveFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import type { Check } from './check.js'
import { failedCheck } from './failed-check.js'

export async function checkFfmpeg(): Promise<Check> {
  const name = 'ffmpeg'
  try {
    const found = await resolveFfmpeg()
    if (found !== undefined) {
      return {
        name,
        status: 'ok',
        version: found.version.text,
        place: found.path,
        detail: `from ${found.origin}`,
      }
    }
  } catch (error) {
    return failedCheck(name, error)
  }
  return {
    name,
    status: 'warning',
    detail: 'none yet',
    remedy: 'The first run fetches one into the cache (30 MB); or install ffmpeg, or name one by FFMPEG_BIN.',
  }
}
