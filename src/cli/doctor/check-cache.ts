import { constants } from 'node:fs'
import { access, opendir, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { cacheFolder } from '../../system/cache-folder.js'
import { messageOf } from '../../system/user-error.js'
import type { Check } from './check.js'

/** TorchServe's environment, and room to unpack it. */
const wantedBytes = 2.5e9

/** The nearest folder above that exists: the cache itself may not yet. */
async function existingFolder(folder: string): Promise<string> {
  try {
    await access(folder)
    return folder
  } catch {
    const parent = dirname(folder)
    return parent === folder ? folder : await existingFolder(parent)
  }
}

export async function checkCache(): Promise<Check> {
  const name = 'cache'
  const place = cacheFolder()
  const folder = await existingFolder(place)
  const remedy = 'Point FRAMESTORM_HOME to a folder with room that you may write to.'
  try {
    await access(folder, constants.W_OK)
    await opendir(folder).then((directory) => directory.close())
  } catch (error) {
    return { name, status: 'missing', place, detail: messageOf(error), remedy }
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${(free / 1e9).toFixed(1)} GB free`
  if (free >= wantedBytes) return { name, status: 'ok', place, detail }
  return {
    name,
    status: 'warning',
    place,
    detail: `${detail}, TorchServe's environment takes 2.5 GB`,
    remedy,
  }
}
