import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults } from '../../scenario/plan/plan.js'
import { loadServer } from '../../scenario/load-server.js'
import { embeddedApis, embeddedDefaults, type EmbeddedApi } from '../../server/embedded/embedded-config.js'
import { serveEmbedded, torchServePorts } from '../../server/embedded/serve.js'
import { printNotice, printResult, readWholeNumber, type Command } from '../command.js'

interface ServeFlags {
  server: string
  model: string
  batchSize: string
  maxBatchDelay: string
  inferencePort: string
  managementPort: string
  metricsPort: string
  grpcPort: string
  api: EmbeddedApi
  path?: string
  ready: string
  keyFile?: string
}

export const serveCommand: Command<ServeFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .option('server', {
        type: 'string',
        requiresArg: true,
        default: 'embedded',
        describe: 'Service time and faults, such as embedded:tau=7ms,alpha=25ms,workers=1',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: 'resnet-18',
        describe: 'Model name',
      })
      .option('batch-size', {
        type: 'string',
        requiresArg: true,
        default: '1',
        describe: 'Batch size of the model (requests per batch)',
      })
      .option('max-batch-delay', {
        type: 'string',
        requiresArg: true,
        default: '100',
        describe: 'Maximum batch delay of the model, ms',
      })
      .option('inference-port', port('Inference API', torchServePorts.inferencePort))
      .option('management-port', port('Management API', torchServePorts.managementPort))
      .option('metrics-port', port('Metrics API', torchServePorts.metricsPort))
      .option('grpc-port', port('gRPC inference API', torchServePorts.grpcPort))
      .option('api', {
        choices: embeddedApis,
        default: embeddedDefaults.api,
        describe:
          'What the server understands: the API of TorchServe, also with its open inference protocol, this protocol as KServe and Triton speak it, or any path (custom)',
      })
      .option('path', {
        type: 'string',
        requiresArg: true,
        describe: 'Only path of a prediction, with --api custom; default: every path',
      })
      .option('ready', {
        type: 'string',
        requiresArg: true,
        default: embeddedDefaults.customPaths.ready,
        describe: 'Path that tells whether the server is ready, with --api custom',
      })
      .option('key-file', {
        type: 'string',
        requiresArg: true,
        describe: 'Require tokens, as TorchServe does, and write them to this file',
      }),

  async run({ server, model: name, api, path, ready, keyFile, ...flags }, { interruption }) {
    const serverBatchSize = readWholeNumber('--batch-size', flags.batchSize)
    const maxBatchDelayMs = readWholeNumber('--max-batch-delay', flags.maxBatchDelay, { from: 0 })
    const anyPort = { from: 0, to: 65_535 }
    const inferencePort = readWholeNumber('--inference-port', flags.inferencePort, anyPort)
    const managementPort = readWholeNumber('--management-port', flags.managementPort, anyPort)
    const metricsPort = readWholeNumber('--metrics-port', flags.metricsPort, anyPort)
    const grpcPort = readWholeNumber('--grpc-port', flags.grpcPort, anyPort)
    const { settings } = await loadServer({ flag: '--server', server })
    if (settings.kind !== 'embedded') {
      throw new UserError('serve runs the embedded server only', {
        where: '--server',
        expected: 'embedded, with settings after a colon',
        received: server,
        remedy: 'Start a TorchServe with its own tools. bench and gate start one themselves.',
      })
    }
    const { request, answer, model } = defaults
    await serveEmbedded(
      settings,
      { name, weights: model.weights, request, answer },
      {
        batching: {
          serverBatchSize,
          maxBatchDelayMs,
          workers: settings.workers,
        },
        inferencePort,
        managementPort,
        metricsPort,
        grpcPort,
        api,
        customPaths: { predict: path, ready },
        ...(keyFile !== undefined && { keyFile }),
        signal: interruption.signal,
        onReady(ports) {
          printNotice(
            'embedded (simulated): this is not a TorchServe, and no model runs. Press Ctrl-C to stop.',
          )
          printResult(`inference   http://127.0.0.1:${ports.inferencePort}${inferencePath(api, name, path)}`)
          if (api !== 'custom') printResult(`gRPC        http://127.0.0.1:${ports.grpcPort}`)
          printResult(`management  http://127.0.0.1:${ports.managementPort}/models`)
          printResult(`metrics     http://127.0.0.1:${ports.metricsPort}/metrics`)
        },
      },
    )
    return ExitCode.pass
  },
}

function inferencePath(api: EmbeddedApi, model: string, customPath = '/'): string {
  if (api === 'custom') return customPath
  const name = encodeURIComponent(model)
  return api === 'oip' ? `/v2/models/${name}/infer` : `/predictions/${name}`
}

function port(api: string, standard: number) {
  return {
    type: 'string',
    requiresArg: true,
    default: String(standard),
    describe: `Port of the ${api}; 0 picks a free one`,
  } as const
}
