import type { Span } from './located-data.js'

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
    : hideCredentials(text)
  const cut = Math.max(0, Math.min(from - 20, shown.length - widest))
  const gutter = source.kind === 'file' ? `${String(line).padStart(4)} | ` : '  '
  const blank = source.kind === 'file' ? '     | ' : '  '
  const carets = '^'.repeat(Math.max(1, Math.min(length, cut + widest - from)))
  return `${gutter}${printable(shown.slice(cut, cut + widest))}\n${blank}${' '.repeat(from - cut)}${carets}`
}

function lineAt(text: string, offset: number): { line: number; column: number; text: string } {
  // At offset 0 there is nothing before, but lastIndexOf would look at the first character.
  const lineStart = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const lineEnd = text.indexOf('\n', offset)
  return {
    line: text.slice(0, lineStart).split('\n').length,
    column: offset - lineStart + 1,
    text: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, ''),
  }
}

/** Same length, so that the caret stays under its place. */
function hideCredentials(text: string): string {
  return text.replaceAll(/[^/\s"'@]+(?=@)/g, (credentials) => '*'.repeat(credentials.length))
}

/** A tab would shift the caret, an escape sequence would reach the terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
}
