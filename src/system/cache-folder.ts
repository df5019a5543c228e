import { resolve } from 'node:path'

import envPaths from 'env-paths'

/**
 * The folder that holds what is downloaded or built once for all checkouts: the Python environment, ffmpeg, model
 * archives. FRAMESTORM_HOME, else the user's cache folder of this operating system. It need not exist yet.
 */
export function cacheFolder(): string {
  const home = process.env['FRAMESTORM_HOME']
  if (home !== undefined && home !== '') return resolve(home)
  return envPaths('framestorm', { suffix: '' }).cache
}
