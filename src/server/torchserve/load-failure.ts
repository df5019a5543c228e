/** `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - text` */
const modelLogLine = /^\S+ \[\S+ *\] \S+ MODEL_LOG - (.*)$/

const longest = 30
/** Control characters other than tabs: they would move the cursor or colour the terminal. */
const controls = /[^\P{Cc}\t]/gu

/**
 * The last error of a worker after any failed load. The traceback of the cause comes before it
 * (ts/model_service_worker.py).
 */
const uselessEnd = /^RuntimeError: \d{3} - /

/** The tracebacks in these lines, each from its first line to its exception. */
function tracebacks(lines: readonly string[]): string[][] {
  const found: string[][] = []
  lines.forEach((line, start) => {
    if (!line.startsWith('Traceback (most recent call last)')) return
    const end = lines.findIndex((text, index) => index > start && /^\S/.test(text))
    found.push(lines.slice(start, end === -1 ? undefined : end + 1))
  })
  return found
}

/** Whether a traceback has reached its exception, the first line after its heading that is not indented. */
export function endsTraceback(trace: string): boolean {
  return /\n\S.*$/.test(trace)
}

/** What the workers printed, line by line, without the prefixes of the log. */
function printedLines(log: string): string[] {
  return log.split('\n').flatMap((line) => modelLogLine.exec(line)?.[1]?.replaceAll(controls, ' ') ?? [])
}

/** The last traceback of a cause in the server's log, at most 31 lines; undefined if there is none. */
export function lastTraceback(log: string): string | undefined {
  const traces = tracebacks(printedLines(log))
  const trace = traces.findLast((lines) => !uselessEnd.test(lines.at(-1)!)) ?? traces.at(-1)
  return trace && shortened(trace)
}

/**
 * The worker's message about a failure: the last traceback of the cause in the server's log, else the last lines.
 *
 * @returns undefined if the workers printed nothing
 */
export function workerMessage(log: string): string | undefined {
  const printed = printedLines(log)
  return printed.length === 0 ? undefined : (lastTraceback(log) ?? shortened(printed))
}

function shortened(lines: readonly string[]): string {
  return lines.length <= longest ? lines.join('\n') : ['…', ...lines.slice(-longest)].join('\n')
}

const memoryWords = /MemoryError|out of memory|can't allocate memory|Cannot allocate memory|Out of resources/i

/**
 * Whether this error means that the server itself has ended. The connection breaks, which can be noticed before the
 * exit of the process.
 */
export function isServerGone(answer: string): boolean {
  return /^(ECONN|EPIPE|UND_ERR_SOCKET)/.test(answer)
}

/** WorkerThread.java, if a worker has not loaded its model within the startup timeout. */
const timeoutWords = 'Backend worker did not respond in given time'

/**
 * The remedy for a model that failed to load.
 * @param answer TorchServe's answer, which begins with its status
 * @param output what the worker printed
 * @param log the server's log
 */
export function loadAdvice(answer: string, output: string, log = ''): string {
  if (log.includes(timeoutWords)) {
    return (
      'The model did not load within its startup timeout. Raise server.config.default_startup_timeout (TorchServe’s default is 120 s), ' +
      'or startupTimeout in the configuration file inside the archive, which takes precedence.'
    )
  }
  const moreMemory = 'Use fewer workers, a smaller model or a machine with more memory.'
  if (memoryWords.test(output) || answer.startsWith('507'))
    return `The model ran out of memory. ${moreMemory}`
  // The excerpt of a long traceback does not begin with that word.
  if (output.includes('Traceback') || lastTraceback(log) !== undefined)
    return 'Fix the error above in the handler or the weights.'
  return `The worker exited without any output. The most likely reason is that the operating system killed it for lack of memory. ${moreMemory}`
}
