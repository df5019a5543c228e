/** `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - text` */
const modelLogLine = /^\S+ \[\S+ *\] \S+ MODEL_LOG - (.*)$/

const longest = 30

/** How the worker ends after any failed load; the traceback that matters came before (ts/model_service_worker.py). */
const uselessEnd = /^RuntimeError: \d{3} - /

/** The tracebacks among lines, each from its first line to the exception that closes it. */
function tracebacks(lines: readonly string[]): string[][] {
  const found: string[][] = []
  lines.forEach((line, start) => {
    if (!line.startsWith('Traceback (most recent call last)')) return
    const end = lines.findIndex((text, index) => index > start && /^\S/.test(text))
    found.push(lines.slice(start, end === -1 ? undefined : end + 1))
  })
  return found
}

/**
 * What the worker itself said about a failure: the last traceback in the server's log, else its last lines. Pure.
 *
 * @returns undefined where the workers said nothing
 */
export function workerMessage(log: string): string | undefined {
  const said: string[] = []
  for (const line of log.split('\n')) {
    const match = modelLogLine.exec(line)
    if (match !== null) said.push(match[1]!)
  }
  if (said.length === 0) return undefined
  const traces = tracebacks(said)
  const trace = traces.findLast((lines) => !uselessEnd.test(lines.at(-1)!)) ?? traces.at(-1) ?? said
  return trace.length <= longest ? trace.join('\n') : ['…', ...trace.slice(-longest)].join('\n')
}

const memoryWords = /MemoryError|out of memory|can't allocate memory|Cannot allocate memory|Out of resources/i

/**
 * Whether this is no answer but the end of the server itself: its connection broke, which may be noticed before its
 * process is seen to be gone. Pure.
 */
export function isServerGone(answer: string): boolean {
  return /^(ECONN|EPIPE|UND_ERR_SOCKET)/.test(answer)
}

/**
 * What to do about a model that failed to load. Pure.
 *
 * @param answer what TorchServe answered, from its status on
 * @param said the worker's own words
 */
export function loadAdvice(answer: string, said: string): string {
  const moreMemory = 'use fewer workers, a smaller model or a machine with more memory.'
  if (memoryWords.test(said) || answer.startsWith('507')) return `The model ran out of memory: ${moreMemory}`
  if (said.includes('Traceback')) return 'Mend what the worker says above: the handler, or the weights.'
  return `Its worker died without a word, as one does that the system kills for want of memory: ${moreMemory}`
}
