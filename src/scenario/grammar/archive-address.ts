import { GrammarError } from './grammar-error.js'

const scheme = /^([a-z][a-z0-9+.-]+):\/\//i

/** Whether the archive of a model is written as an address, not as a path. */
export function isArchiveAddress(text: string): boolean {
  return scheme.test(text)
}

/**
 * Checks the address of a model archive. The error never repeats credentials.
 *
 * @throws GrammarError
 */
export function requireArchiveAddress(text: string): void {
  const expected = 'a path, or an address such as https://host/model.mar'
  const used = scheme.exec(text)?.[1]?.toLowerCase() ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http', 'https'].includes(used)) {
    throw new GrammarError(`an archive cannot be loaded by ${used}://`, {
      expected,
      received: `${used}://…`,
      remedy: used === 'file' ? 'Write its path.' : 'Download it, and write the path of the file.',
    })
  }
  if (url.username === '' && url.password === '' && url.search === '' && url.hash === '') return
  throw new GrammarError(
    'the address of an archive must not contain credentials, a query or a fragment',
    {
      expected,
      received: `${url.protocol}//${url.host}${url.pathname} with more (hidden: it may be a secret)`,
      remedy:
        'Download the file yourself, and write its path. Scenarios and runs are files that people share.',
    },
    { secret: true },
  )
}
