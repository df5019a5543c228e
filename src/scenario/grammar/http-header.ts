import { GrammarError } from './grammar-error.js'

const reference = /^\$env:([A-Za-z_]\w*)$/

/** The environment variable that a text such as `$env:API_KEY` stands for; undefined for every other text. */
export function environmentVariable(text: string): string | undefined {
  return reference.exec(text)?.[1]
}

/** What is shown in place of a value that may be a secret. */
export const hidden = '***'

/** Header fields that describe the request itself. Others would contradict what is sent. */
const ownFields: ReadonlyMap<string, string> = new Map([
  ['content-type', 'Framestorm sets it to the encoding of the frames (batching.encoding, model.request)'],
  ['content-length', 'Framestorm sets it to the length of the body'],
  ['transfer-encoding', 'Framestorm sends bodies with their length'],
  ['connection', 'Framestorm keeps connections open'],
  ['keep-alive', 'Framestorm keeps connections open'],
  ['upgrade', 'Framestorm speaks HTTP/1.1'],
  ['expect', 'Framestorm sends the body with the head'],
  ['te', 'Framestorm reads no trailers'],
  ['trailer', 'Framestorm sends no trailers'],
])

/**
 * Checks one entry of `headers`. The error never repeats the value, because it may be a key.
 *
 * @throws GrammarError
 */
export function requireHeader(name: string, value: string): void {
  const refuse = (message: string, parts: { expected: string; received: string; remedy?: string }) => {
    throw new GrammarError(message, parts, { secret: true })
  }
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
    refuse('this is not the name of a header', {
      expected: 'letters, digits and dashes, such as x-api-key',
      received: JSON.stringify(name),
    })
  }
  const reason = ownFields.get(name.toLowerCase())
  if (reason !== undefined) {
    refuse(`the header ${name} cannot be set`, {
      expected: 'another header, such as x-api-key',
      received: `${name}: ${reason}`,
      remedy: `Remove ${name}.`,
    })
  }
  if (value.trim() === '') {
    refuse(`the header ${name} is empty`, { expected: '$env:NAME or a value', received: 'an empty text' })
  }
  if (value.startsWith('$') && environmentVariable(value) === undefined) {
    refuse(`the header ${name} does not name an environment variable`, {
      expected: '$env:NAME, such as $env:API_KEY',
      received: 'another text that starts with $ (hidden: it may be a key)',
      remedy: 'Write $env: and the name of the variable that holds the value.',
    })
  }
  const wrongAt = value.search(/[^\t\x20-\x7e]/)
  if (wrongAt >= 0) {
    refuse(`the header ${name} has a character that is not valid in a header`, {
      expected: 'printable ASCII',
      received: codePointAt(value, wrongAt),
    })
  }
}

/** `U+000D at character 7 of 15`: a place in a text that must not be shown. */
export function codePointAt(text: string, index: number): string {
  const code = text.codePointAt(index)!.toString(16).toUpperCase().padStart(4, '0')
  return `U+${code} at character ${index + 1} of ${text.length}`
}
