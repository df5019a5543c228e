import { GrammarError } from './grammar-error.js'

/**
 * Checks the address of a server. The error never repeats credentials.
 *
 * @throws GrammarError
 */
export function requireServerAddress(text: string): void {
  const expected = 'http://host:port or https://host:port'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    const received = text.includes('@') ? 'something else (hidden: it may contain a password)' : text
    throw new GrammarError('this is not the address of a server', { expected, received })
  }
  if (url.username !== '' || url.password !== '') {
    throw new GrammarError('a server address must not contain credentials', {
      expected,
      received: `credentials before ${url.host}`,
      remedy:
        'Put a token into an environment variable and name that variable in tokenEnv. For other credentials, set headers: { authorization: $env:NAME }.',
    })
  }
  if (url.search !== '' || url.hash !== '') {
    throw new GrammarError('a server address must end with its path', {
      expected,
      received: url.search + url.hash,
      remedy: 'Remove the query and the fragment.',
    })
  }
}
