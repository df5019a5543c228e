type Env = Record<string, string | undefined>

/** Whether this is a terminal that can redraw, and not CI. */
export function isInteractive(stream: Pick<NodeJS.WriteStream, 'isTTY'>, env: Env): boolean {
  return stream.isTTY && (env['CI'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/**
 * Whether to colour what is written to a stream: `NO_COLOR` (https://no-color.org) and `FORCE_COLOR` decide, else the
 * colour support of the terminal.
 */
export function usesColor(stream: Pick<NodeJS.WriteStream, 'isTTY'>, env: Env): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR'] ?? ''
  if (forced !== '') return forced !== '0' && forced !== 'false'
  return stream.isTTY && env['TERM'] !== 'dumb'
}
