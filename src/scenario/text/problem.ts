import { starAddresses } from '../../system/mask-address.js'
import { UserError, formatUserError } from '../../system/user-error.js'
import { hideHeaders } from './hide-headers.js'
import type { Span } from './located-data.js'

/** One mistake in a scenario or in a flag that changes it. */
export interface Problem {
  span: Span | undefined
  message: string
  expected?: string | undefined
  received?: string | undefined
  remedy?: string | undefined
  /** True if the value may be a secret. The excerpt then hides it. */
  secret?: boolean | undefined
}

/** All problems as one error (exit code 2). */
export function problemsError(problems: readonly Problem[], label: string): UserError {
  const ordered = problems.toSorted(
    (a, b) =>
      Number(a.span?.source.kind === 'flag') - Number(b.span?.source.kind === 'flag') ||
      (a.span?.start ?? 0) - (b.span?.start ?? 0),
  )
  const errors = hideSecrets(ordered).map(problemError)
  const [only] = errors
  if (only !== undefined && errors.length === 1) return only
  return new UserError(`${errors.length} problems in ${label}`, {
    excerpt: errors.map((error, index) => numbered(error, index + 1)).join('\n\n'),
  })
}

/** The problems with every secret hidden in all excerpts: another problem may be on the same line. */
function hideSecrets(problems: readonly Problem[]): Problem[] {
  const secrets = problems.flatMap(({ span, secret }) =>
    secret === true && span !== undefined ? [span] : [],
  )
  return problems.map((problem) => {
    const { span } = problem
    if (span === undefined) return problem
    const text = secrets
      .filter(({ source }) => source.text === span.source.text)
      .reduce(
        (shown, { start, end }) =>
          shown.slice(0, start) + shown.slice(start, end).replaceAll(/./g, '*') + shown.slice(end),
        span.source.text,
      )
    return { ...problem, span: { ...span, source: { ...span.source, text } } }
  })
}

function problemError({ span, message, expected, received, remedy, secret }: Problem): UserError {
  const known = Object.entries({ expected, received, remedy }).filter(([, text]) => text !== undefined)
  const where = span === undefined ? {} : { where: placeOf(span), excerpt: sourceExcerpt(span, { secret }) }
  return new UserError(message, { ...where, ...Object.fromEntries(known) })
}

function numbered(error: UserError, number: number): string {
  return formatUserError(error).replace(/^error:/, `${number})`)
}

const widest = 96

/** `scenarios/x.yaml:12:15` (line and column from 1), or the flag itself. */
export function placeOf({ source, start }: Span): string {
  if (source.kind === 'flag') return source.label
  const { line, column } = lineAt(source.text, start)
  return `${source.label}:${line}:${column}`
}

/** The line of a span with a caret under each of its characters; credentials in URLs are hidden. */
export function sourceExcerpt(
  { source, start, end }: Span,
  { secret = false }: { secret?: boolean | undefined } = {},
): string {
  const { line, column, text } = lineAt(source.text, start)
  const from = column - 1
  const length = Math.max(1, Math.min(end - start, text.length - from))
  const shown = secret
    ? text.slice(0, from) + '*'.repeat(length) + text.slice(from + length)
    : hideHeaders(hideCredentials(starAddresses(text)), star)
  const cut = Math.max(0, Math.min(from - 20, shown.length - widest))
  const gutter = source.kind === 'file' ? `${String(line).padStart(4)} | ` : '  '
  const blank = source.kind === 'file' ? '     | ' : '  '
  const carets = '^'.repeat(Math.max(1, Math.min(length, cut + widest - from)))
  return `${gutter}${printable(shown.slice(cut, cut + widest))}\n${blank}${' '.repeat(from - cut)}${carets}`
}

function lineAt(text: string, offset: number): { line: number; column: number; text: string } {
  // At offset 0 nothing precedes, but lastIndexOf would still check the first character.
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const lineEnd = text.indexOf('\n', offset)
  return {
    line: text.slice(0, lineStart).split('\n').length,
    column: offset - lineStart + 1,
    text: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, ''),
  }
}

/** Of the same length, so that the caret stays in its column. */
function hideCredentials(text: string): string {
  return text.replaceAll(/[^/\s"'@]+(?=@)/g, star)
}

function star(secret: string): string {
  return '*'.repeat(secret.length)
}

/** Replaces control characters: a tab would shift the caret, and an escape sequence would reach the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
}
