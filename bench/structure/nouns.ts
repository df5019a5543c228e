import type { SourceFile } from './source-file.js'

export interface Noun {
  name: string
  fields: readonly string[]
  /** Files besides the home that may spell the noun out, each with the reason. */
  exceptions?: Readonly<Record<string, string>>
}

/** The nouns of the product. Each has one home, a file that lists its fields. All other files derive from it. */
export const nouns: readonly Noun[] = [
  {
    name: 'request record',
    fields: [
      'request',
      'phase',
      'outcome',
      'status',
      'frames',
      'firstFrame',
      'client',
      'dueUs',
      'sentUs',
      'answeredUs',
      'connectUs',
      'bodyBytes',
      'answerBytes',
      'answerDeviation',
      'serverRequestId',
    ],
    exceptions: {
      'run/record-block.ts': 'writes one record per request during a load; a test compares it with the list',
      'load/drive/driver.ts': 'fills the sample of each request during a load',
    },
  },
  { name: 'frame record', fields: ['capturedUs', 'camera', 'frame', 'request', 'phase', 'outcome'] },
  {
    name: 'manifest',
    fields: [
      'schemaVersion',
      'framestormVersion',
      'startedAt',
      'finishedAt',
      'status',
      'scenario',
      'plan',
      'seed',
      'environment',
      'encodingCosts',
      'measurements',
    ],
    exceptions: { 'measure/new-manifest.ts': 'gives each field its first value' },
  },
  {
    name: 'measurement of a manifest',
    fields: [
      'point',
      'repetition',
      'startedAt',
      'startedClockUs',
      'sampleFile',
      'batchLogFile',
      'windowStartUs',
      'windowEndUs',
      'complete',
      'loadCpuShare',
      'machineFile',
      'observations',
      'notes',
      'crossCheckFps',
    ],
  },
  {
    name: 'batching settings',
    fields: ['mode', 'framesPerRequest', 'serverBatchSize', 'batchSize', 'maxBatchDelayMs', 'encoding'],
    exceptions: {
      'scenario/plan/point-settings.ts':
        'the columns of points.csv and selectors of thresholds: names of their own, each with a meaning',
    },
  },
  {
    name: 'camera load settings',
    fields: [
      'cameras',
      'fps',
      'phases',
      'maxInFlightPerCamera',
      'queue',
      'camerasPerClient',
      'fillDeadlineMs',
    ],
  },
  {
    name: 'measure settings',
    fields: ['warmupMaxS', 'durationS', 'repetitions', 'deadlineMs', 'passes'],
  },
  {
    name: 'URL server settings',
    fields: [
      'inferenceUrl',
      'managementUrl',
      'metricsUrl',
      'logFile',
      'path',
      'ready',
      'headers',
      'tokenEnv',
      'tokenFile',
      'caFile',
      'certFile',
      'keyFile',
      'manage',
    ],
  },
  {
    name: 'embedded server settings',
    fields: ['tauMs', 'alphaMs', 'jitter', 'workers', 'table', 'faults'],
    exceptions: {
      'scenario/grammar/parse-server.ts': 'maps the options of the text form, such as tau=7ms, to fields',
    },
  },
  {
    name: 'metrics',
    fields: [
      'fps',
      'goodputFps',
      'requestLatencyP50Ms',
      'requestLatencyP99Ms',
      'frameLatencyP50Ms',
      'frameLatencyP95Ms',
      'frameLatencyP99Ms',
      'errorRate',
    ],
  },
  {
    name: 'checks',
    fields: [
      'interrupted',
      'generator-late',
      'client-saturated',
      'wrong-answers',
      'clock-step',
      'settings-changed',
      'server-restarted',
      'throttled',
      'errors',
      'unstable-window',
      'other-clients',
      'workers-restarted',
      'machine-shared',
      'processor-stolen',
      'recorded',
    ],
  },
]

/**
 * Product files that spell a noun out: one top-level declaration names at least three quarters of its fields, as keys,
 * as strings or as what it assigns. Reading fields, `sample.dueUs`, spells nothing out. One such file is the home; every further one is a copy that can drift.
 */
export function filesThatSpellOut(noun: Noun, files: readonly SourceFile[]): string[] {
  const enough = Math.ceil(noun.fields.length * 0.75)
  return files
    .filter(({ isProduct, statements }) => {
      const most = statements.map(({ words }) => noun.fields.filter((field) => words.has(field)).length)
      return isProduct && Math.max(0, ...most) >= enough
    })
    .map(({ path }) => path)
    .filter((path) => noun.exceptions?.[path] === undefined)
}
