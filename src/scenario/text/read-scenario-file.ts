import { readFile } from 'node:fs/promises'
import { UserError } from '../../system/user-error.js'

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'no such file',
  EACCES: 'a file that may not be read',
}

/**
 * The text of a scenario file.
 *
 * @throws UserError where it can't be read or is not UTF-8 text
 */
export async function readScenarioFile(path: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new UserError(`cannot read the scenario ${path}`, {
      where: path,
      expected: 'a YAML file',
      received: reasons[code] ?? String(error),
      remedy: 'Give the path of a scenario, such as scenarios/quickstart.yaml.',
      cause: error,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new UserError(`the scenario ${path} is not text`, {
      where: path,
      expected: 'YAML in UTF-8',
      received: 'other bytes',
      remedy: 'Give a scenario file; a video or a model is named inside of it.',
      cause: error,
    })
  }
}
