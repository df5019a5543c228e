import type { PlannedPoint } from './plan.js'

interface PointSetting {
  name: string
  /** Description in docs/columns.md. */
  meaning: string
  /** Undefined if the point does not have it. */
  read: (point: PlannedPoint) => string | number | undefined
}

/** The settings of a point that are columns of points.csv and that thresholds can select by. */
export const pointSettings = [
  { name: 'point', meaning: 'Number of the point, from 1, in scenario order.', read: ({ id }) => id },
  {
    name: 'mode',
    meaning:
      '`server` (framesPerRequest 1), `client` (serverBatchSize 1) or `hybrid`; at batchSize 1 the modes do not differ.',
    read: ({ batching }) => batching.mode,
  },
  {
    name: 'batchSize',
    meaning: 'framesPerRequest × serverBatchSize: frames per inference, as configured.',
    read: ({ batching }) => batching.batchSize,
  },
  {
    name: 'framesPerRequest',
    meaning: 'Frames per request.',
    read: ({ batching }) => batching.framesPerRequest,
  },
  {
    name: 'serverBatchSize',
    meaning: 'Maximum number of requests that the server joins into one batch.',
    read: ({ batching }) => batching.serverBatchSize,
  },
  {
    name: 'maxBatchDelayMs',
    meaning: 'How long the server waits for a batch to fill; empty if serverBatchSize is 1.',
    read: ({ batching }) => batching.maxBatchDelayMs,
  },
  {
    name: 'encoding',
    meaning: 'How frames are sent: `raw`, `base64` or `multipart`.',
    read: ({ batching }) => batching.encoding,
  },
  {
    name: 'protocol',
    meaning: 'How requests are sent: `http` or `grpc`.',
    read: ({ batching }) => batching.protocol ?? 'http',
  },
  { name: 'load', meaning: '`closed` or `cameras`.', read: ({ load }) => load.kind },
  {
    name: 'framesInFlight',
    meaning: 'Closed load: frames kept in flight.',
    read: ({ load }) => (load.kind === 'closed' ? load.framesInFlight : undefined),
  },
  {
    name: 'cameras',
    meaning: 'Camera load: number of cameras.',
    read: ({ load }) => ('cameras' in load ? load.cameras : undefined),
  },
  {
    name: 'cameraFps',
    meaning: 'Camera load: frames per second of each camera.',
    read: ({ load }) => (load.kind === 'cameras' ? load.fps : undefined),
  },
  {
    name: 'phases',
    meaning: 'Camera load: `random`, `aligned` or `poisson`.',
    read: ({ load }) => (load.kind === 'cameras' ? load.phases : undefined),
  },
  { name: 'model', meaning: 'Name of the model.', read: ({ model }) => model.name },
  {
    name: 'modelVersion',
    meaning: 'Version of the model that was requested; empty: the default version of the server.',
    read: ({ model }) => model.version,
  },
] as const satisfies PointSetting[]

export type PointSettingName = (typeof pointSettings)[number]['name']

export const pointSettingNames: readonly PointSettingName[] = pointSettings.map(({ name }) => name)

export function readSetting(point: PlannedPoint, name: PointSettingName): string | number | undefined {
  const settings: readonly PointSetting[] = pointSettings
  return settings.find((setting) => setting.name === name)?.read(point)
}
