import type { UserErrorParts } from '../../system/user-error.js'

interface AddressProblem {
  message: string
  parts: Pick<UserErrorParts, 'expected' | 'received' | 'remedy'>
}

/** What is wrong with a server's address; undefined where nothing is. Never repeats credentials. */
export function serverAddressProblem(text: string): AddressProblem | undefined {
  const expected = 'http://host:port or https://host:port'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    const received = text.includes('@') ? 'something else (not shown: it may hold a password)' : text
    return { message: 'not the address of a server', parts: { expected, received } }
  }
  if (url.username !== '' || url.password !== '') {
    return {
      message: 'a server address must not hold credentials',
      parts: {
        expected,
        received: `credentials in front of ${url.host}`,
        remedy: 'Put the token into an environment variable and name it in tokenEnv.',
      },
    }
  }
  if (url.search !== '' || url.hash !== '') {
    return {
      message: 'a server address ends with its path',
      parts: { expected, received: url.search + url.hash },
    }
  }
  return undefined
}
