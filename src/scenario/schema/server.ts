import * as z from 'zod'
import { parseFault } from '../grammar/faults.js'
import { readInSchema } from '../grammar/grammar-error.js'
import { rawUrlServer, urlServer } from './url-server.js'
import { embeddedApi, managedApi, protocol, requireHttpForCustom } from './protocol.js'
import { requireConfigKey, requireVariable } from '../grammar/torchserve-config.js'
import { defaulted, fileSetting, fixed, optional, required, section, sweep, swept } from './section.js'

const workers = defaulted(swept(z.int().min(1).max(64)), 1, 'Worker processes of the model.')
const file = z.string().min(1)
const share = z.union([z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?%$/)])

const scalar = z.union([z.string(), z.number(), z.boolean()])
type Scalar = z.output<typeof scalar>

/** A mapping with free names whose values may be swept. `check` throws a GrammarError. */
function namedValues(check: (name: string, value: Scalar) => void) {
  const raw = z.record(z.string(), sweep(scalar)).superRefine((written, context) => {
    for (const [name, values] of Object.entries(written)) {
      const each = Array.isArray(values) ? values : [values]
      // One problem per name: a wrong name is as wrong for each value of a sweep.
      each.every((value) => readInSchema(context, () => [check(name, value)], [name]) !== undefined)
    }
  })
  return { raw: sweep(raw), point: z.record(z.string(), scalar) }
}

const managed = {
  workers,
  protocol,
  api: managedApi,
  handler: fileSetting(optional(swept(file), 'Your own handler file, used in place of the included one.')),
  requirements: fileSetting(
    optional(
      swept(file),
      'Your requirements.txt. Framestorm installs it once into a private environment that shares its installation of torch.',
    ),
  ),
  python: fileSetting(
    optional(
      swept(file),
      'Your own virtual environment (its folder or its interpreter), with torchserve and torch installed. Excludes `requirements`.',
    ),
  ),
  config: optional(
    namedValues((name) => requireConfigKey(name)),
    'Lines of config.properties, such as { job_queue_size: 1000 }.',
  ),
  env: optional(
    namedValues((name, value) => requireVariable(name, String(value))),
    'Environment variables of the server and its workers, such as { OMP_NUM_THREADS: 1 }. $env:NAME takes the value from the environment and never saves it.',
  ),
}

function requireOneEnvironment(
  written: { python?: unknown; requirements?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (written.python === undefined || written.requirements === undefined) return
  context.addIssue({
    code: 'custom',
    path: ['requirements'],
    message: 'a server has either requirements or python',
    params: {
      expected: 'requirements, which Framestorm installs, or python, an environment of your own',
      received: 'both',
      remedy: 'Remove requirements and install them into your environment. Or remove python.',
    },
  })
}

export const autoServer = section(
  'autoServer',
  'TorchServe, or the embedded server if Python is not installed.',
  {
    kind: required(
      fixed(z.literal('auto')),
      'Managed TorchServe, or the embedded server if Python is not installed.',
    ),
    ...managed,
  },
)

export const torchserve = section('torchserveServer', 'TorchServe, installed and started by Framestorm.', {
  kind: required(fixed(z.literal('torchserve')), 'Managed TorchServe 0.12.'),
  ...managed,
})

const faults = z.record(z.string(), z.string()).superRefine((written, context) => {
  for (const [name, text] of Object.entries(written)) {
    readInSchema(context, () => parseFault(name, text), [name])
  }
})

// tau and alpha are fitted to ResNet-18 with one worker and two torch threads on a 2-core machine.
export const embedded = section(
  'embeddedServer',
  'A simulated server with the service time t(b) = tau + alpha·b, where b is the number of frames in a batch.',
  {
    kind: required(fixed(z.literal('embedded')), 'The embedded, simulated server.'),
    tauMs: defaulted(swept(z.number().min(0)), 7, 'Fixed part of the service time of a batch, ms.'),
    alphaMs: defaulted(swept(z.number().min(0)), 25, 'Service time per frame of a batch, ms.'),
    jitter: defaulted(
      swept(share, z.number()),
      0.05,
      'Standard deviation of the service time as a share of it: 0.05 or 5%.',
    ),
    workers,
    protocol,
    api: embeddedApi,
    table: fileSetting(optional(swept(file), 'A run folder whose measured batch times replace the formula.')),
    faults: optional(
      fixed(faults, z.record(z.string(), z.string())),
      'Faults to inject, by name, such as { kill: every 50, slow: 3x 1%, refuse: after 5s for 2s }.',
    ),
  },
)

export const serverMapping = z.discriminatedUnion('kind', [
  autoServer.raw.superRefine(requireOneEnvironment),
  torchserve.raw.superRefine(requireOneEnvironment),
  embedded.raw.superRefine(requireHttpForCustom),
  rawUrlServer,
])

/** A server as a mapping. */
export type RawServer = z.output<typeof serverMapping>

export const pointServer = z.discriminatedUnion('kind', [
  autoServer.point,
  torchserve.point,
  embedded.point,
  urlServer.point,
])
