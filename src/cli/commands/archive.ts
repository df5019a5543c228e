import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults } from '../../scenario/plan/plan.js'
import { exportArchive, suggestedBatching } from '../../server/archive/export-archive.js'
import { printNotice, printResult, readWholeNumber, type Command } from '../command.js'

interface ArchiveFlags {
  out: string
  model: string
  weights: string
  handler?: string
  batching?: 'server' | 'client'
  batchSize: string
  maxBatchDelay: string
}

export const archiveCommand: Command<ArchiveFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .option('out', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Output file, such as model_store/resnet-18.mar',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.name,
        describe: 'Model name',
      })
      .option('weights', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.weights,
        describe: 'Weights: seeded, pretrained, or a state-dict file',
      })
      .option('handler', {
        type: 'string',
        requiresArg: true,
        describe: 'Python handler to use instead of the built-in one',
      })
      .option('batching', {
        choices: ['server', 'client'] as const,
        describe: 'Also print the config.properties lines for this batching mode',
      })
      .option('batch-size', {
        type: 'string',
        requiresArg: true,
        default: '4',
        describe: 'Frames per batch',
      })
      .option('max-batch-delay', {
        type: 'string',
        requiresArg: true,
        default: String(defaults.batching.maxBatchDelayMs),
        describe: 'Maximum batch delay of the server, ms',
      })
      .check(({ out }) => {
        if (out.endsWith('.mar')) return true
        throw new UserError('the archive has the wrong file extension', {
          where: '--out',
          expected: 'a file that ends in .mar, which TorchServe requires',
          received: out,
        })
      }),

  async run({ out, model, weights, handler, batching, ...flags }, { interruption }) {
    const batchSize = readWholeNumber('--batch-size', flags.batchSize)
    const maxBatchDelayMs = readWholeNumber('--max-batch-delay', flags.maxBatchDelay, { from: 0 })
    const archive = await exportArchive({
      out,
      model: { name: model, weights, ...(handler !== undefined && { handler }) },
      ...(batching !== undefined && { batching: suggestedBatching(batching, batchSize, maxBatchDelayMs) }),
      signal: interruption.signal,
      onProgress: ({ text }) => printNotice(text),
    })
    printNotice(`${archive.file}: ${archive.modelName} ${archive.modelVersion}, sha256 ${archive.hash}`)
    if (archive.configLines !== undefined) printResult(archive.configLines.trimEnd())
    return ExitCode.pass
  },
}
