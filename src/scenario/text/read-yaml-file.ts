import { readFile } from 'node:fs/promises'
import { messageOf, systemErrorCode, UserError } from '../../system/user-error.js'

const remedies = {
  scenario: {
    absent: 'Pass the path of a scenario, such as scenarios/quickstart.yaml.',
    binary: 'Pass a scenario file. It names the video and the model.',
  },
  request: {
    absent: 'Write @ and the path of a YAML file with the request.',
    binary: 'Pass a YAML file with the request.',
  },
  server: {
    absent: 'Pass the path of a YAML file with the fields of a server, or the server itself.',
    binary: 'Pass a YAML file with the fields of a server.',
  },
}

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'no such file',
  EACCES: 'a file without read permission',
}

/**
 * The text of a scenario file, or of another YAML file.
 *
 * @throws UserError if it cannot be read or is not UTF-8 text
 */
export async function readYamlFile(path: string, kind: keyof typeof remedies): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new UserError(`cannot read the ${kind} ${path}`, {
      where: path,
      expected: 'a YAML file',
      received: reasons[systemErrorCode(error) ?? ''] ?? messageOf(error),
      remedy: remedies[kind].absent,
      cause: error,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new UserError(`the ${kind} ${path} is not text`, {
      where: path,
      expected: 'YAML in UTF-8',
      received: 'other bytes',
      remedy: remedies[kind].binary,
      cause: error,
    })
  }
}
