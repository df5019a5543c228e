import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults } from '../../scenario/schema/defaults.js'
import { parseServer } from '../../scenario/grammar/parse-server.js'
import { serveEmbedded, torchServePorts } from '../../server/embedded/serve.js'
import type { Command } from '../command.js'
import { printNotice, printResult } from '../command.js'
import { requireWholeNumber } from '../require-whole-number.js'

interface ServeFlags {
  server: string
  model: string
  batchSize: number
  maxBatchDelay: number
  inferencePort: number
  managementPort: number
  metricsPort: number
  keyFile?: string
}

export const serveCommand: Command<ServeFlags> = {
  command: 'serve',
  describe: 'run the embedded server (a simulation of TorchServe) in the foreground, on loopback',
  builder: (yargs: Argv) =>
    yargs
      .option('server', {
        type: 'string',
        requiresArg: true,
        default: 'embedded',
        describe: 'its service time and faults, such as embedded:tau=7ms,alpha=25ms,workers=1',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: 'resnet-18',
        describe: 'name of the model',
      })
      .option('batch-size', {
        type: 'number',
        requiresArg: true,
        default: 1,
        describe: 'batchSize in requests',
      })
      .option('max-batch-delay', {
        type: 'number',
        requiresArg: true,
        default: 100,
        describe: 'maxBatchDelay in ms',
      })
      .option('inference-port', port('of predictions', torchServePorts.inferencePort))
      .option('management-port', port('of the management API', torchServePorts.managementPort))
      .option('metrics-port', port('of /metrics', torchServePorts.metricsPort))
      .check(({ batchSize, maxBatchDelay }) => {
        requireWholeNumber('--batch-size', Number(batchSize))
        requireWholeNumber('--max-batch-delay', Number(maxBatchDelay), { from: 0 })
        return true
      })
      .option('key-file', {
        type: 'string',
        requiresArg: true,
        describe: 'ask for tokens, as TorchServe does, and write them into this file',
      }),

  async run({ server, model: name, batchSize, maxBatchDelay, keyFile, ...flags }, { interruption }) {
    const { inferencePort, managementPort, metricsPort } = flags
    const settings = parseServer(server)
    if (settings.kind !== 'embedded') {
      throw new UserError('serve runs the embedded server only', {
        where: '--server',
        expected: 'embedded, with settings after a colon',
        received: server,
        remedy: 'start a TorchServe with its own tools; bench and gate start one by themselves',
      })
    }
    const { request, answer, model } = defaults
    await serveEmbedded(
      settings,
      { name, weights: model.weights, request, answer },
      {
        batching: {
          serverBatchSize: batchSize,
          maxBatchDelayMs: maxBatchDelay,
          workers: settings.workers,
        },
        inferencePort,
        managementPort,
        metricsPort,
        ...(keyFile !== undefined && { keyFile }),
        signal: interruption.signal,
        onReady(ports) {
          printNotice('embedded (simulated): not a TorchServe, and no model runs here. Ctrl-C ends it.')
          printResult(
            `inference   http://127.0.0.1:${ports.inferencePort}/predictions/${encodeURIComponent(name)}`,
          )
          printResult(`management  http://127.0.0.1:${ports.managementPort}/models`)
          printResult(`metrics     http://127.0.0.1:${ports.metricsPort}/metrics`)
        },
      },
    )
    return ExitCode.pass
  },
}

function port(words: string, standard: number) {
  return {
    type: 'number',
    requiresArg: true,
    default: standard,
    describe: `port ${words}; 0: a free one`,
  } as const
}
