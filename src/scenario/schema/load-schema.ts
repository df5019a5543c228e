import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const count = z.int().min(1)

const closedLoad = section(
  'closedLoad',
  'A fixed number of frames in flight: finds the ceiling of throughput.',
  {
    kind: z.literal('closed').meta({ description: 'Closed load: the source is infinitely fast.' }),
    framesInFlight: sweep(count)
      .optional()
      .meta({
        description:
          'Frames that are always open, equal in both modes and a multiple of framesPerRequest. Where absent, the ' +
          'same for all points: enough to keep every worker busy at the largest batch, (workers + 1) × batchSize.',
      }),
    batchesInFlight: sweep(count).optional().meta({
      description: 'In place of framesInFlight: that many batches, so batchesInFlight × batchSize frames.',
    }),
  },
)

const queue = section('queue', 'What happens to a frame while no request may be sent.', {
  policy: sweep(z.enum(['queue', 'drop-oldest', 'drop-newest']))
    .optional()
    .meta({
      description:
        'Keep it (and drop it only beyond the depth), drop the oldest waiting, or drop the newest, itself.',
      default: defaults.queuePolicy,
    }),
  depth: sweep(count).optional().meta({
    description: 'Requests that may wait; 1000 for policy queue, 1 for those that drop.',
  }),
})

const cameraLoad = section('cameraLoad', 'Cameras on an absolute schedule: finds frame latency.', {
  kind: z.literal('cameras').meta({ description: 'Open load: frames come when their camera captures them.' }),
  cameras: sweep(count.max(100_000)).meta({ description: 'How many cameras.' }),
  fps: sweep(z.number().gt(0).max(1000)).meta({ description: 'Frames that each camera captures a second.' }),
  phases: sweep(z.enum(['random', 'aligned', 'poisson']))
    .optional()
    .meta({
      description:
        'How the cameras lie to each other: each with a random offset, all at once, or with exponential gaps.',
      default: defaults.cameras.phases,
    }),
  maxInFlightPerCamera: sweep(count).optional().meta({
    description: 'Requests that one camera (client batching: one edge device) may have open at once.',
    default: defaults.cameras.maxInFlightPerCamera,
  }),
  queue: queue.optional(),
  camerasPerClient: sweep(count).optional().meta({
    description: 'Cameras of one edge device; client batching fills its batches across them.',
    default: defaults.cameras.camerasPerClient,
  }),
  fillDeadlineMs: sweep(z.number().gt(0)).optional().meta({
    description:
      'A partial client batch is sent this long after its first frame; where absent it waits until full.',
  }),
})

export const loadSchema = z
  .discriminatedUnion('kind', [closedLoad, cameraLoad])
  .superRefine((load, context) => {
    if (load.kind !== 'closed' || load.framesInFlight === undefined || load.batchesInFlight === undefined)
      return
    context.addIssue({
      code: 'custom',
      path: ['batchesInFlight'],
      message: 'framesInFlight and batchesInFlight are both given',
      params: { expected: 'one of them', remedy: 'Remove one of them.' },
    })
  })
