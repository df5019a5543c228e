/** What ffmpeg says about its input, in lines that start with their level (`-loglevel level+info`). */
export interface FfmpegLog {
  /** The last lines about errors. */
  errors: string[]
  input?: InputFacts
  /** Of the video stream that was decoded, at the end of a run with `-loglevel level+verbose`. */
  packetsRead?: number
  framesDecoded?: number
  /** The time of the video at the last frame, s. */
  endS?: number
}

export interface InputFacts {
  /** Absent if it is not known: a camera. */
  durationS?: number
  /** All video streams, without cover pictures. */
  streams: VideoStream[]
}

export interface VideoStream {
  codec: string
  /** As stored: before a rotation, with pixels that may not be square. */
  width: number
  height: number
  /** Width of a pixel divided by its height. */
  pixelAspect: number
  fps?: number
  /** From the metadata, degrees; ffmpeg applies it. */
  rotation?: number
}

const mostErrors = 20
const errorLevels = new Set(['panic', 'fatal', 'error'])
const levels =
  /^(?<context>(?:\[[^\]]* @ 0x[\da-f]+\] )*)\[(?<level>panic|fatal|error|warning|info|verbose|debug)\] ?(?<text>.*)$/
const videoStream =
  /^ *Stream #\d+:\d+.*?: Video: (?<codec>\w+).*?, (?<width>\d+)x(?<height>\d+)(?: \[SAR (?<sarWidth>\d+):(?<sarHeight>\d+) DAR [\d:]+\])?(?<rest>.*)$/

/** Collects what is known from the lines of ffmpeg's stderr. `onInput` is called once, before the first frame. */
export function readFfmpegLog(onInput?: (input: InputFacts) => void): {
  line: (line: string) => void
  log: FfmpegLog
} {
  const log: FfmpegLog = { errors: [] }
  let isOpen = false

  function line(text: string): void {
    if (text.trim() === '') return
    const { context = '', level, text: message = '' } = levels.exec(text)?.groups ?? {}
    // Lines without a level do not come from ffmpeg's log: the loader of the program, for example.
    if (level === undefined) addError(text)
    // The status of an answer is only a warning, also if it is the cause of the failure.
    else if (errorLevels.has(level) || (level === 'warning' && message.startsWith('HTTP error')))
      addError(context + message)
    else readInfo(message)
  }

  function addError(text: string): void {
    log.errors.push(text)
    if (log.errors.length > mostErrors) log.errors.shift()
  }

  function readInfo(message: string): void {
    if (message.startsWith('Input #0,')) log.input = { streams: [] }
    else if (!isOpen && log.input !== undefined) readInput(message, log.input)
    readEnd(message)
  }

  function readInput(message: string, facts: InputFacts): void {
    if (/^(Stream mapping:|Output #0)/.test(message)) {
      isOpen = true
      onInput?.(facts)
      return
    }
    const duration = /^ *Duration: (\d+):(\d+):([\d.]+)/.exec(message)
    if (duration !== null) facts.durationS = seconds(duration)
    const stream = message.includes('(attached pic)') ? undefined : videoStream.exec(message)?.groups
    if (stream !== undefined) facts.streams.push(toStream(stream))
    const rotation = /rotation of (-?[\d.]+) degrees/.exec(message)?.[1]
    const last = facts.streams.at(-1)
    if (rotation !== undefined && last !== undefined && Number(rotation) !== 0)
      last.rotation = Number(rotation)
  }

  function readEnd(message: string): void {
    const read = /Input stream #0:\d+ \(video\): (\d+) packets read .*?(\d+) frames decoded/.exec(message)
    if (read !== null && Number(read[1]) >= (log.packetsRead ?? 0)) {
      log.packetsRead = Number(read[1])
      log.framesDecoded = Number(read[2])
    }
    const time = /^frame=.*\btime=(\d+):(\d+):([\d.]+)/.exec(message)
    if (time !== null) log.endS = seconds(time)
  }

  return { line, log }
}

function seconds([, hours, minutes, rest]: RegExpExecArray): number {
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)
}

function toStream(found: Record<string, string | undefined>): VideoStream {
  const { codec = '', width, height, sarWidth, sarHeight, rest = '' } = found
  const aspect = Number(sarWidth) / Number(sarHeight)
  const fps = Number(/, ([\d.]+) fps/.exec(rest)?.[1] ?? /, ([\d.]+) tbr/.exec(rest)?.[1])
  return {
    codec,
    width: Number(width),
    height: Number(height),
    pixelAspect: aspect > 0 && Number.isFinite(aspect) ? aspect : 1,
    ...(fps > 0 && { fps }),
  }
}
