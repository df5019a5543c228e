import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults } from '../../scenario/schema/defaults.js'
import { suggestedBatching } from '../../server/archive/config-lines.js'
import { exportArchive } from '../../server/archive/export-archive.js'
import type { Command } from '../command.js'
import { printNotice, printResult } from '../command.js'
import { requireWholeNumber } from '../require-whole-number.js'

interface ArchiveFlags {
  out: string
  model: string
  weights: string
  handler?: string
  batching?: 'server' | 'client'
  batchSize: number
  maxBatchDelay: number
}

export const archiveCommand: Command<ArchiveFlags> = {
  command: 'archive',
  describe: 'write the model archive for your own TorchServe',
  builder: (yargs: Argv) =>
    yargs
      .option('out', {
        alias: 'o',
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'the file, such as model_store/resnet-18.mar',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.name,
        describe: 'name of the model',
      })
      .option('weights', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.weights,
        describe: 'seeded, pretrained, or a state-dict file',
      })
      .option('handler', { type: 'string', requiresArg: true, describe: 'a handler file in place of ours' })
      .option('batching', {
        choices: ['server', 'client'] as const,
        describe: 'print the lines of config.properties for this way of batching',
      })
      .option('batch-size', {
        type: 'number',
        requiresArg: true,
        default: 4,
        describe: 'requests in a batch',
      })
      .option('max-batch-delay', {
        type: 'number',
        requiresArg: true,
        default: defaults.batching.maxBatchDelayMs,
        describe: 'ms that the server waits for a batch to fill',
      })
      .check(({ out, batchSize, maxBatchDelay }) => {
        requireWholeNumber('--batch-size', Number(batchSize))
        requireWholeNumber('--max-batch-delay', Number(maxBatchDelay), { from: 0 })
        if (out.endsWith('.mar')) return true
        throw new UserError('TorchServe loads archives by their ending', {
          where: '--out',
          expected: 'a file that ends in .mar',
          received: out,
        })
      }),

  async run({ out, model, weights, handler, batching, batchSize, maxBatchDelay }, { interruption }) {
    const archive = await exportArchive({
      out,
      model: { name: model, weights, ...(handler !== undefined && { handler }) },
      ...(batching !== undefined && { batching: suggestedBatching(batching, batchSize, maxBatchDelay) }),
      signal: interruption.signal,
      onProgress: ({ text }) => printNotice(text),
    })
    printNotice(`${archive.file}: ${archive.modelName} ${archive.modelVersion}, sha256 ${archive.hash}`)
    if (archive.configLines !== undefined) printResult(archive.configLines.trimEnd())
    return ExitCode.pass
  },
}
