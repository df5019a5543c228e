import { resolve } from 'node:path'

import envPaths from 'env-paths'

/**
 * The folder for everything that is downloaded or built once for all checkouts: the Python environment, ffmpeg, model
 * archives. It is FRAMESTORM_HOME, or else the user's cache folder of the operating system. It need not exist yet.
 */
export function cacheFolder(): string {
  const home = process.env['FRAMESTORM_HOME']
  if (home !== undefined && home !== '') return resolve(home)
  return envPaths('framestorm', { suffix: '' }).cache
}
