import { availableParallelism } from 'node:os'
import * as z from 'zod'
import { defaulted, fixed, optional, required, savedMapping, section, swept } from './section.js'

const count = z.int().min(1)

export const mostCameras = 100_000

/** A whole number, at most the number of cores of the machine that reads the scenario. */
const threadCount = count.superRefine((threads, context) => {
  const cores = availableParallelism()
  if (threads <= cores) return
  context.addIssue({
    code: 'custom',
    message: `this machine has fewer cores than ${threads}`,
    params: { expected: `auto, or a whole number from 1 to ${cores}`, received: String(threads) },
  })
})

/** The value of a point: undefined means `auto`, also in plans that were saved before this setting existed. */
const threads = {
  ...defaulted(
    swept(z.union([z.literal('auto'), threadCount])),
    'auto',
    'Number of load threads, at most the number of cores. `auto`: one, or more if the first warm-up of a point uses more than ' +
      '70% of a core.',
  ),
  point: count.optional(),
}

const closedLoad = section(
  'closedLoad',
  'Keeps a constant number of frames in flight. Finds the maximum throughput.',
  {
    kind: required(
      fixed(z.literal('closed')),
      'Closed load: a new frame is sent as soon as one is answered.',
    ),
    framesInFlight: optional(
      swept(count),
      'Frames in flight at any time, equal in both modes and a multiple of framesPerRequest. Default: the same for ' +
        'all points, enough to keep every worker busy at the largest batch: (workers + 1) × batchSize.',
    ),
    batchesInFlight: optional(
      swept(count),
      'Batches in flight, in place of framesInFlight: batchesInFlight × batchSize frames.',
    ),
    threads,
  },
)

const { batchesInFlight: _written, ...closedShape } = closedLoad.point.shape

/** The closed load of a point: always in frames, a multiple of K. framesInFlight ÷ K requests are kept open. */
export const pointClosedLoad = savedMapping({ ...closedShape, framesInFlight: count })

export const queue = section('queue', 'What happens to a frame that cannot be sent yet.', {
  policy: defaulted(
    swept(z.enum(['queue', 'drop-oldest', 'drop-newest'])),
    'queue',
    '`queue`: keep it, and drop it only if the queue is full. `drop-oldest`: drop the oldest waiting frame. ' +
      '`drop-newest`: drop the new frame.',
  ),
  depth: optional(
    swept(count),
    'Maximum number of waiting requests. Default: 1000 for policy queue, 1 for the policies that drop.',
  ),
})

/** Keeping every frame needs a deep queue. The dropping policies are for users who need only the newest frame. */
export const queueDepths: Record<QueuePolicy, number> = { queue: 1000, 'drop-oldest': 1, 'drop-newest': 1 }
type QueuePolicy = z.infer<typeof queue.point>['policy']

/** The queue of a point. `depth`: requests (server batching: frames) that may wait at the client, per edge device. */
export const pointQueue = savedMapping({ ...queue.point.shape, depth: z.int().min(0) })

export const cameraLoad = section(
  'cameraLoad',
  'Cameras capture frames on a fixed schedule. Finds the frame latency.',
  {
    kind: required(fixed(z.literal('cameras')), 'Open load: frames arrive when a camera captures them.'),
    cameras: optional(
      swept(count.max(mostCameras)),
      'Number of cameras. `bench` and `gate` need it, or `ofCeiling`; `capacity` searches it.',
    ),
    ofCeiling: optional(
      swept(z.number().gt(0).max(2)),
      'Number of cameras as a share of the highest FPS of the closed load, which is measured first: 0.8 is as many ' +
        'cameras as need 80% of it, rounded down to whole edge devices, at least one. Excludes `cameras`; needs a closed load.',
    ),
    fps: required(swept(z.number().gt(0).max(1000)), 'Frames per second of each camera.'),
    phases: defaulted(
      swept(z.enum(['random', 'aligned', 'poisson'])),
      'random',
      'Camera phases: `random` offsets, all `aligned`, or `poisson` arrivals.',
    ),
    maxInFlightPerCamera: defaulted(
      swept(count),
      8,
      'Maximum number of open requests per camera (client batching: per edge device).',
    ),
    queue: optional(fixed(queue.raw, pointQueue), 'What happens to a frame that cannot be sent yet.'),
    camerasPerClient: defaulted(
      swept(count),
      1,
      'Cameras per edge device. Client batching fills its batches from all cameras of one edge device.',
    ),
    fillDeadlineMs: optional(
      swept(z.number().gt(0)),
      'A partial client batch is sent this long after its first frame, ms. Default: it waits until it is full.',
    ),
    threads,
  },
)

const { ofCeiling: share, ...cameraShape } = cameraLoad.point.shape
const { cameras: _asked, ...shapeWithoutCameras } = cameraShape

/** The camera load of a point. */
export const pointCameraLoad = savedMapping({
  ...cameraShape,
  cameras: count.max(mostCameras),
  queue: pointQueue,
})

/** A camera load whose number of cameras is a share of a ceiling that is not known yet. */
export const pointCeilingLoad = savedMapping({
  ...shapeWithoutCameras,
  ofCeiling: share.unwrap(),
  queue: pointQueue,
})

/** `load` in a scenario file. */
export const rawLoad = z
  .discriminatedUnion('kind', [closedLoad.raw, cameraLoad.raw])
  .superRefine((load, context) => {
    const [one, other] =
      load.kind === 'closed'
        ? (['framesInFlight', 'batchesInFlight'] as const)
        : (['cameras', 'ofCeiling'] as const)
    const written: Record<string, unknown> = load
    if (written[one] === undefined || written[other] === undefined) return
    context.addIssue({
      code: 'custom',
      path: [other],
      message: `${one} and ${other} cannot be combined`,
      params: { expected: 'one of the two', remedy: 'Remove one of the two.' },
    })
  })
