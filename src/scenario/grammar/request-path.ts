import { GrammarError } from './grammar-error.js'

/** What may stand in the path of a request. */
const placeholders = ['model', 'version'] as const

/**
 * Checks the path of a request, such as `/v1/models/{model}:predict`.
 *
 * @throws GrammarError
 */
export function requireRequestPath(text: string): void {
  const expected = 'a path such as /v1/models/{model}:predict'
  if (!text.startsWith('/') || text.startsWith('//')) {
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    throw new GrammarError('the path does not start with /', {
      expected,
      received: text,
      remedy: whole
        ? 'Write only what follows the host and the port. The rest belongs into inferenceUrl.'
        : `Write /${text.replace(/^\/+/, '')}.`,
    })
  }
  for (const [whole, name = ''] of text.matchAll(/\{([^{}]*)\}/g)) {
    if (placeholders.some((known) => known === name)) continue
    throw new GrammarError(`a path has no ${whole}`, {
      expected: placeholders.map((known) => `{${known}}`).join(' or '),
      received: whole,
    })
  }
  const wrong = /[^!$&'()*+,;=:@/?%\w.~-]/.exec(text.replaceAll(/\{\w+\}/g, ''))
  if (wrong !== null) {
    throw new GrammarError('the path has a character that is not valid in a path', {
      expected,
      received: JSON.stringify(wrong[0]),
      remedy: 'Write it in percent-encoding, such as %20 for a space.',
    })
  }
}
