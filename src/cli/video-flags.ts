import type { Argv } from 'yargs'
import { defaults } from '../scenario/plan/plan.js'
import {
  fits,
  inputProblem,
  parseSize,
  sizeExpected,
  transports,
  type FrameSize,
} from '../scenario/schema/video.js'
import { UserError } from '../system/user-error.js'
import { readWholeNumber } from './command.js'

/** The flags of `stream` for the fields of `video` in a scenario. */
export interface VideoFlags {
  size: string
  quality: string
  fit?: (typeof fits)[number]
  transport?: (typeof transports)[number]
  inputOption?: string[]
}

export function addVideoFlags<Others>(yargs: Argv<Others>): Argv<Others> {
  return yargs
    .option('size', {
      type: 'string',
      requiresArg: true,
      default: defaults.video.size,
      describe: 'Scale frames to this size, such as 640x480, 640x or source',
    })
    .option('quality', {
      type: 'string',
      requiresArg: true,
      default: String(defaults.video.quality),
      describe: 'JPEG quality, 2 (best) to 31',
    })
    .option('fit', {
      choices: fits,
      describe: 'If --size has another shape than the video (default: stretch)',
    })
    .option('transport', { choices: transports, describe: 'How an rtsp:// camera sends (default: tcp)' })
    .option('input-option', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'Option of ffmpeg for the input, such as framerate=30 (repeatable)',
    })
    .check(({ size, inputOption }: { size: string; inputOption?: string[] }) => {
      readSize(size)
      readInputOptions(inputOption)
      return true
    })
}

/** @throws UserError (usage) */
export function readVideoFlags({ size, quality, fit, transport, inputOption }: VideoFlags) {
  return {
    ...readSize(size),
    quality: readWholeNumber('--quality', quality, { from: 2, to: 31 }),
    fit,
    transport,
    inputOptions: readInputOptions(inputOption),
  }
}

function readSize(text: string): FrameSize {
  const size = parseSize(text)
  if (size !== undefined) return size
  throw new UserError('--size is not valid', { where: '--size', expected: sizeExpected, received: text })
}

/** `--input-option framerate=30`, each of them an entry of `video.input` in a scenario. */
function readInputOptions(written: readonly string[] = []): Record<string, string> {
  const options = written.map((text): [string, string] => {
    const equals = text.indexOf('=')
    return equals < 1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
  })
  for (const [name, value] of options) {
    const problem = inputProblem(name, value)
    if (problem === undefined) continue
    throw new UserError(`--input-option ${name} is not valid`, {
      where: '--input-option',
      expected: problem,
      received: `${name}=${value}`,
    })
  }
  return Object.fromEntries(options)
}
