import { basename } from 'node:path'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { RatedSetting, Recommendation } from '../../capacity/recommend/recommendation.js'
import type { ServerIdentity } from '../../run/manifest.js'
import { saturatingFrames, type CameraLoad, type Point } from '../../scenario/plan/plan.js'
import { configLines, registerCommands } from '../../server/management/settings-to-type.js'
import { formatSentAs } from './format.js'
import { plural } from '../../system/plural.js'

/** What to type for one part of the system. */
export interface LinesToType {
  /** Where the lines belong: `config.properties of TorchServe`. */
  title: string
  lines: string[]
  note?: string | undefined
}

/** The port of the management API of a TorchServe with the default configuration. */
const defaultManagementUrl = 'http://127.0.0.1:8081'

/** TorchServe gives an archive this version if it names none. */
const defaultVersion = '1.0'

/** The server that a recommendation is about. */
export function serverOf(
  { setting }: Recommendation,
  { points }: Pick<RunAnalysis, 'points'>,
): ServerIdentity | undefined {
  return points.find(({ point }) => point.id === setting.point.id)?.server
}

/** The workers as the user's own server described them; Framestorm assumes one if it does not. */
function workersOf({ point, workers }: RatedSetting, server: ServerIdentity | undefined): number {
  const told = Number(server?.details['workers'])
  return point.server.kind === 'url' && Number.isInteger(told) && told > 0 ? told : workers
}

/** The recommended setting, value by value. The workers of a server by URL are those that it has. */
export function settingFacts(
  { setting, load, cameras }: Recommendation,
  server: ServerIdentity | undefined,
): [name: string, value: string][] {
  const { mode, framesPerRequest, serverBatchSize, maxBatchDelayMs, point } = setting
  return [
    ['mode', point.batching.batchSize === 1 ? 'no batching' : `${mode} batching`],
    ['frames per request (K)', String(framesPerRequest)],
    ['server batch size (B)', String(serverBatchSize)],
    ['batch delay', maxBatchDelayMs === undefined ? 'none' : `${maxBatchDelayMs} ms`],
    ...(point.server.kind === 'url' ? [] : [['workers', String(setting.workers)] satisfies [string, string]]),
    ['frames in flight', String(framesInFlight(setting, server))],
    ['cameras', `${cameras} at ${load.fps} fps`],
  ]
}

/** Enough to keep all workers busy. */
function framesInFlight(setting: RatedSetting, server: ServerIdentity | undefined): number {
  return saturatingFrames(setting.point.batching.batchSize, workersOf(setting, server))
}

/** The recommended setting as lines for the server and its client. */
export function linesToType(
  { setting, load }: Recommendation,
  server: ServerIdentity | undefined,
): LinesToType[] {
  const { framesPerRequest, point } = setting
  const { maxInFlightPerCamera, camerasPerClient, queue, fillDeadlineMs } = load
  const busy = framesInFlight(setting, server)
  const client = framesPerRequest === 1 ? 'camera' : 'edge device'
  return [
    ...(point.server.kind === 'url' && point.server.api !== 'torchserve'
      ? [otherServerLines(setting)]
      : serverLines(setting, server)),
    {
      title: 'Client',
      lines: [
        `frames per request: ${framesPerRequest} (${formatSentAs(point.batching)})`,
        ...(framesPerRequest > 1 ? [`cameras per edge device: ${camerasPerClient}`] : []),
        ...(framesPerRequest > 1 && fillDeadlineMs !== undefined
          ? [`partial batch sent after: ${fillDeadlineMs} ms`]
          : []),
        `requests in flight per ${client}: up to ${maxInFlightPerCamera}`,
        `further frames: ${furtherFrames[queue.policy]} (queue of up to ${plural(queue.depth, 'request')})`,
        `frames in flight if they come from a file: ${busy}`,
      ],
      note: `${plural(busy, 'frame')} in flight are enough to keep all workers busy.`,
    },
  ]
}

/** What a client does with a frame that may not be sent yet. */
const furtherFrames: Record<CameraLoad['queue']['policy'], string> = {
  queue: 'wait',
  'drop-oldest': 'the oldest waiting one is dropped',
  'drop-newest': 'dropped',
}

/** Any other server is configured in its own way. */
function otherServerLines({ serverBatchSize, maxBatchDelayMs }: RatedSetting): LinesToType {
  return {
    title: 'Configuration of your server',
    lines: [
      `maximum batch size: ${serverBatchSize}`,
      ...(maxBatchDelayMs === undefined ? [] : [`maximum batch delay: ${maxBatchDelayMs} ms`]),
    ],
  }
}

function serverLines(setting: RatedSetting, server: ServerIdentity | undefined): LinesToType[] {
  const { serverBatchSize, maxBatchDelayMs, point } = setting
  const { model } = point
  const marName = archiveOf(point, server)
  const modelVersion = model.version ?? server?.details['model version'] ?? defaultVersion
  const workers = workersOf(setting, server)
  const batching = { serverBatchSize, maxBatchDelayMs, workers }
  const managementUrl = point.server.kind === 'url' ? point.server.managementUrl : undefined
  const inForce = server?.details['settings before this run']
  // models={…} ignores values of 0 and below (wlm/ModelManager.java).
  const isInFile = maxBatchDelayMs === undefined || maxBatchDelayMs > 0
  return [
    ...(isInFile
      ? [
          {
            title: 'config.properties of TorchServe',
            lines: configLines({ modelName: model.name, modelVersion, marName }, batching)
              .trimEnd()
              .split('\n'),
            note:
              `${marName} is a file in model_store. Its name and version (${model.name}, ${modelVersion}) have to match. ` +
              'A configuration file inside the archive takes precedence.' +
              (isIncluded(point) ? ` \`framestorm archive --out model_store/${marName}\` writes it.` : ''),
          },
        ]
      : []),
    {
      title: isInFile ? 'Or at the running server' : 'At the running server',
      lines: registerCommands(managementUrl ?? defaultManagementUrl, {
        modelName: model.name,
        modelVersion,
        modelUrl: marName,
        ...batching,
      }),
      note:
        'It needs enable_model_api=true. Requests in between fail.' +
        (inForce === undefined ? '' : ` In force before this run: ${inForce}.`),
    },
  ]
}

/** A server by URL tells the name of its archive; one that Framestorm starts has the archive of the scenario. */
function archiveOf({ server: { kind }, model }: Point, server: ServerIdentity | undefined): string {
  const told = kind === 'url' ? server?.details['archive'] : undefined
  return told ?? (model.archive === undefined ? `${model.name}.mar` : basename(model.archive))
}

/** Whether the model is the included one, whose archive the user may not have yet. */
function isIncluded({ server, model: { archive, weights } }: Point): boolean {
  const handler = server.kind === 'torchserve' ? server.handler : undefined
  return server.kind !== 'url' && archive === undefined && handler === undefined && weights === 'seeded'
}
