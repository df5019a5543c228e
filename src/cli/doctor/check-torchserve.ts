import { existsSync } from 'node:fs'

import { environmentFolder } from '../../server/torchserve/environment/environment-folder.js'
import { readWorkingStamp } from '../../server/torchserve/environment/ensure-environment.js'
import { findPython } from '../../server/torchserve/environment/find-python.js'
import { isManagedPlatform } from '../../server/torchserve/environment/managed-platform.js'
import type { Check } from './check.js'

export async function checkTorchServe(signal?: AbortSignal): Promise<Check> {
  const name = 'TorchServe'
  if (!isManagedPlatform(process.platform)) {
    return {
      name,
      status: 'missing',
      detail: `is run on Linux and macOS only, and this is ${process.platform}`,
      remedy: 'Measure a server by its URL, or use --server embedded.',
    }
  }
  const python = await findPython(signal).catch(() => undefined)
  if (python === undefined)
    return { name, status: 'missing', detail: 'needs a Python first', remedy: 'See Python.' }
  const place = environmentFolder(python)
  const stamp = await readWorkingStamp(place, signal)
  if (stamp !== undefined) {
    const { torchserve = 'unknown', torch = 'unknown' } = stamp.versions
    return { name, status: 'ok', version: torchserve, place, detail: `with torch ${torch}` }
  }
  const isHalfMade = existsSync(place)
  return {
    name,
    status: isHalfMade ? 'warning' : 'missing',
    place,
    detail: isHalfMade ? 'an installation that did not finish' : 'not installed yet',
    remedy: isHalfMade
      ? 'The next run repairs it.'
      : 'The first run installs it there (1.2 GB, a minute or more); nothing else of this machine is touched.',
  }
}
