import { ExitCode, UserError } from '../../../system/user-error.js'

const offlineWords =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ConnectionResetError|ProxyError|SSLError|name resolution|Network is unreachable|Connection refused|Max retries exceeded/i
const fullWords = /No space left on device|Errno 28|Disk quota exceeded/i

function adviceFor(output: string): { message: string; remedy: string } {
  if (fullWords.test(output)) {
    return {
      message: 'the disk is full: the Python environment could not be installed',
      remedy: 'Make room, or point FRAMESTORM_HOME to a folder on a larger disk, and run the command again.',
    }
  }
  if (offlineWords.test(output)) {
    return {
      message: 'pip could not reach its package index',
      remedy:
        'Check the network (pip takes HTTPS_PROXY, PIP_INDEX_URL and PIP_FIND_LINKS) and run the command again: ' +
        'it goes on where it stopped. Without a network use --server embedded or the URL of a server.',
    }
  }
  return {
    message: 'pip could not install the Python environment',
    remedy:
      'See what pip says above; then run the command again. FRAMESTORM_PYTHON names another Python, ' +
      '--server embedded needs none.',
  }
}

/** What to tell of a pip that failed, from its output; its own last lines are kept. Pure. */
export function pipFailure(lines: readonly string[], where: string): UserError {
  const said = lines.filter((line) => line.trim() !== '' && !line.startsWith('Progress '))
  const { message, remedy } = adviceFor(said.join('\n'))
  const excerpt = said.slice(-12).map((line) => `  pip: ${line}`)
  return new UserError(message, {
    where,
    excerpt: excerpt.join('\n'),
    remedy,
    exitCode: ExitCode.environment,
  })
}
