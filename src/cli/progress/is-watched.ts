/** True where a person looks on: a terminal that can redraw, and not CI. */
export function isWatched(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && (env['CI'] ?? '') === '' && env['TERM'] !== 'dumb'
}
