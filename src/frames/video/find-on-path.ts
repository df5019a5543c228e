import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The file that the shell would start for this name, or undefined. */
export async function findOnPath(
  name: string,
  path: string = process.env['PATH'] ?? '',
): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, fileName)
    if (await isExecutable(file)) return file
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
