/** `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - text` */
const modelLogLine = /^\S+ \[\S+ *\] (\S+) MODEL_LOG - (.*)$/

const longest = 30

/**
 * What the worker itself said about a failure: the last traceback in the server's log, else its last lines. Pure.
 *
 * @returns undefined where the workers said nothing
 */
export function workerMessage(log: string): string | undefined {
  const said: string[] = []
  for (const line of log.split('\n')) {
    const match = modelLogLine.exec(line)
    // stdout only: TorchServe's workers log there, and the same traceback can come on both.
    if (match !== null) said.push(match[2]!)
  }
  if (said.length === 0) return undefined
  const start = said.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'))
  if (start === -1) return said.slice(-longest).join('\n')
  const end = said.findIndex((line, index) => index > start && /^\S/.test(line))
  const trace = said.slice(start, end === -1 ? undefined : end + 1)
  return trace.length <= longest ? trace.join('\n') : ['…', ...trace.slice(-longest)].join('\n')
}
