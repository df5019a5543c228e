import * as z from 'zod'
import { batchingProblem } from './batching-problem.js'
import { defaults } from './defaults.js'
import { loadSchema } from './load-schema.js'
import { modelSchema } from './model-schema.js'
import { isMapping } from '../text/is-mapping.js'
import { layPointOver } from './lay-point-over.js'
import { section } from './section.js'
import { serverSchema } from './server-schema.js'
import { sweep } from './sweep.js'
import { videoOverlaySchema, videoSchema } from './video-schema.js'

const size = z.int().min(1).max(4096)

const batchingSchema = section(
  'batching',
  'Who makes a batch. Write mode and batchSize, or two of framesPerRequest, serverBatchSize and batchSize.',
  {
    mode: sweep(z.enum(['server', 'client']))
      .optional()
      .meta({
        description:
          'server: one frame a request, TorchServe joins batchSize requests. ' +
          'client: batchSize frames a request, TorchServe joins none.',
      }),
    batchSize: sweep(size).optional().meta({
      description: 'Frames that one inference is asked to hold: framesPerRequest × serverBatchSize.',
    }),
    framesPerRequest: sweep(size)
      .optional()
      .meta({ description: 'K: frames that travel in one request. 1 where only serverBatchSize is given.' }),
    serverBatchSize: sweep(size)
      .optional()
      .meta({ description: 'B: requests that TorchServe joins. 1 where only framesPerRequest is given.' }),
    maxBatchDelayMs: sweep(z.int().min(0)).optional().meta({
      description:
        'How long TorchServe waits for a batch to fill, ms; without effect where it joins one request.',
      default: defaults.batching.maxBatchDelayMs,
    }),
    encoding: sweep(z.enum(['raw', 'base64', 'multipart']))
      .optional()
      .meta({
        description:
          'How several frames share a request: base64 in JSON, or multipart; a single frame travels raw.',
        default: defaults.batching.encoding,
      }),
  },
)

const measureSchema = section('measure', 'How long and how often each point is measured.', {
  warmupMaxS: sweep(z.number().min(0)).optional().meta({
    description: 'Longest warm-up before a window, s; it ends earlier once throughput is steady.',
    default: defaults.measure.warmupMaxS,
  }),
  durationS: sweep(z.number().gt(0)).optional().meta({
    description: 'Length of the measured window, s; not used with passes.',
    default: defaults.measure.durationS,
  }),
  repetitions: sweep(z.int().min(1).max(1000)).optional().meta({
    description: 'Fresh measurements of each point; 1 with passes.',
    default: defaults.measure.repetitions,
  }),
  deadlineMs: sweep(z.number().gt(0)).optional().meta({
    description:
      'Client deadline of each request from its sending, ms; what has no answer by then is a timeout.',
    default: defaults.measure.deadlineMs,
  }),
  passes: sweep(z.int().min(1)).optional().meta({
    description: 'Send each frame of the clip exactly this many times, in place of a window in time.',
  }),
})

const shape = {
  latencyMs: sweep(z.number().gt(0)).meta({
    description: 'The latency that is still good, ms: of frames from cameras, of requests in a closed load.',
  }),
  percentile: sweep(z.number().gt(0).lt(100)).optional().meta({
    description: 'The percentile of latency that must keep it.',
    default: defaults.slo.percentile,
  }),
}

const sloSchema = section('slo', 'The service level that goodput and the outcome are judged by.', shape)

/** The same fields, none required: laid over the slo of the scenario by an entry of `points`. */
const sloOverlaySchema = section('sloOverlay', 'Fields that differ from `slo`.', {
  ...shape,
  latencyMs: shape.latencyMs.optional(),
})

const pointEntry = section('point', 'One explicit combination, laid over the settings of the scenario.', {
  video: videoOverlaySchema.optional().meta({ description: 'Fields that differ from `video`.' }),
  server: sweep(serverSchema).optional().meta({ description: 'In place of `server`.' }),
  model: modelSchema.optional().meta({ description: 'Fields that differ from `model`.' }),
  batching: batchingSchema.optional().meta({ description: 'Fields that differ from `batching`.' }),
  load: sweep(loadSchema).optional().meta({ description: 'In place of `load`.' }),
  measure: measureSchema.optional().meta({ description: 'Fields that differ from `measure`.' }),
  slo: sloOverlaySchema.optional().meta({ description: 'Fields that differ from `slo`.' }),
})

/**
 * A scenario file. Every setting may be a list and is then swept: the plan measures the cross product, or the
 * entries of `points` instead. Defaults are stated here but applied by the plan, once the sweeps are expanded.
 */
export const scenarioSchema = section('scenario', 'A framestorm scenario.', {
  name: z.string().min(1).optional().meta({ description: 'Name of the run; the file name where absent.' }),
  video: sweep(videoSchema).meta({ description: 'The frames that are sent.' }),
  server: sweep(serverSchema).optional().meta({ description: 'What is measured.', default: defaults.server }),
  model: sweep(modelSchema).optional().meta({ description: 'The model that is asked.' }),
  batching: sweep(batchingSchema).optional().meta({ description: 'Who makes a batch, and how large it is.' }),
  load: sweep(loadSchema).optional().meta({ description: 'How frames arrive; one load or several.' }),
  measure: sweep(measureSchema)
    .optional()
    .meta({ description: 'How long and how often each point is measured.' }),
  slo: sweep(sloSchema).optional().meta({ description: 'The service level that points are judged by.' }),
  thresholds: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description:
        'Conditions that fail the run (exit code 1), such as "fps >= 30", "frameLatencyP99Ms < 1000", ' +
        '"errorRate < 0.1%".',
    }),
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .optional()
    .meta({ description: 'Seeds the order of points and the phases of cameras.', default: defaults.seed }),
  points: z.array(pointEntry).min(1).optional().meta({
    description: 'Explicit combinations in place of the cross product; each is laid over the rest.',
  }),
}).superRefine(
  (scenario, context) => {
    for (const { settings, path } of everyBatching(scenario)) {
      const problem = batchingProblem(settings)
      if (problem === undefined) continue
      const { message, field, ...params } = problem
      context.addIssue({
        code: 'custom',
        path: field === undefined ? path : [...path, field],
        message,
        params,
      })
    }
    const everyPointHasLoad = scenario.points?.every?.((entry) => entry?.load !== undefined) ?? false
    if (scenario.load === undefined && !everyPointHasLoad) {
      context.addIssue({
        code: 'custom',
        path: ['load'],
        message: 'load is missing',
        params: {
          expected: 'a mapping (or a list of them) that says how frames arrive',
          remedy: 'Add for example `load: { kind: closed, framesInFlight: 8 }`.',
        },
      })
    }
  },
  { when: (payload) => isMapping(payload.value) },
)

/** A scenario as written and checked: sweeps are still lists, defaults not applied. */
export type WrittenScenario = z.infer<typeof scenarioSchema>
export type WrittenPoint = z.infer<typeof pointEntry>

/** Every mapping that must say who makes a batch, with its place; looks at unchecked data too. */
function everyBatching(scenario: WrittenScenario): { settings: unknown; path: PropertyKey[] }[] {
  const { points } = scenario
  if (!Array.isArray(points)) return eachOf(scenario.batching, ['batching'])
  return points.flatMap((entry, index) => {
    if (!isMapping(entry)) return []
    const path = entry.batching === undefined ? ['points', index] : ['points', index, 'batching']
    return eachOf(layPointOver(scenario, entry).batching, path).map(({ settings }) => ({ settings, path }))
  })
}

function eachOf(value: unknown, path: PropertyKey[]): { settings: unknown; path: PropertyKey[] }[] {
  return Array.isArray(value)
    ? value.map((settings: unknown, index) => ({ settings, path: [...path, index] }))
    : [{ settings: value, path }]
}
