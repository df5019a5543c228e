import * as z from 'zod'
import { encodingCostSchema } from '../frames/payload/measure-encoding-cost.js'
import { answerReference } from './answer-reference.js'
import { planSchema } from '../scenario/plan/plan.js'
import { output } from '../scenario/schema/output.js'
import { savedMapping } from '../scenario/schema/section.js'
import { agentResult } from './agent-result.js'
import { failureSchema } from './failure-schema.js'
import { observations } from './observations.js'

/*
 * run.json: everything that analysis needs to know about a run besides its samples. Only these schemas list the fields.
 * Mappings keep unknown fields: fields that a newer Framestorm added within the same version are kept, and --resume
 * writes them back.
 */

/** 2: server, model, clip and answer reference are part of each measurement. 1 had them once per run. */
export const schemaVersion = 2

const count = z.int().min(0)
/** Facts by name, as text. */
const facts = z.record(z.string(), z.string())

const serverIdentity = savedMapping({
  kind: z.enum(['torchserve', 'embedded', 'url']),
  /** `TorchServe 0.12.0`, `embedded (simulated)`, … */
  label: z.string(),
  version: z.string().optional(),
  /** Java, Python, torch, device, weights hash, service-time model. */
  details: facts,
})

const modelIdentity = savedMapping({
  name: z.string(),
  /** Undefined: the default version of the server. */
  version: z.string().optional(),
  weights: z.string(),
  /** SHA-256 of the archive, if known. */
  archiveHash: z.string().optional(),
})

const videoIdentity = savedMapping({
  /** As in the scenario. */
  source: z.string(),
  frames: count,
  width: count,
  height: count,
  jpegBytesMean: z.number(),
  /** SHA-256 of all JPEGs. */
  hash: z.string(),
  /** What a user should know about how the frames came from the video, such as a change of shape. */
  notes: z.array(z.string()).optional(),
  /** Damaged frames of the video that were left out. */
  framesLost: count.optional(),
})

/**
 * The server, model, clip and answer reference of a measurement. Absent parts are unknown: version 1 wrote them only
 * after the server had answered.
 */
const subjectFields = {
  server: serverIdentity.optional(),
  model: modelIdentity.optional(),
  video: videoIdentity.optional(),
  answerReference: answerReference.optional(),
}

const measurementRecord = savedMapping({
  point: count,
  repetition: count,
  startedAt: z.string(),
  /** The start on the machine's monotonic clock, µs. Relates client times to the times in the server's log. */
  startedClockUs: z.number().optional(),
  ...subjectFields,
  /** Path relative to the run folder, as for all files. */
  sampleFile: z.string(),
  /** The batch lines of the server's log during this measurement. */
  batchLogFile: z.string().optional(),
  /** The measurement window, µs since the measurement's start. */
  windowStartUs: z.number(),
  windowEndUs: z.number(),
  /** False if it was interrupted. An interrupted measurement is kept but never counts as complete. */
  complete: z.boolean(),
  /** CPU of the load threads, including pacers, during the window, as a share of one core. */
  loadCpuShare: z.number().optional(),
  /** CPU and memory per second: a JSON list of MachineSample. */
  machineFile: z.string().optional(),
  /** Failed requests by cause; absent if it was not saved what the server said. */
  failures: z.array(failureSchema).readonly().optional(),
  observations: observations.optional(),
  /** Absent if the load was sent by this process alone. */
  agents: z.array(agentResult).readonly().optional(),
  notes: z.array(z.string()),
  /** The FPS that autocannon, or grpc-js over gRPC, measured with the same settings (--cross-check). */
  crossCheckFps: z.number().optional(),
})

/** A planned point that could not be measured, because the server did not take its model or its requests. */
const pointLeftOut = savedMapping({
  point: count,
  /** What went wrong, as in the error of a run that could measure nothing. */
  message: z.string(),
  received: z.string().optional(),
  remedy: z.string().optional(),
})

const manifest = savedMapping({
  schemaVersion: z.literal(schemaVersion),
  framestormVersion: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  status: z.enum(['running', 'complete', 'interrupted', 'failed']),
  scenario: savedMapping({
    name: z.string(),
    file: z.string().optional(),
    /** The file as it was. */
    text: z.string(),
    /** The flags that changed the scenario, as written. */
    overrides: z.array(z.string()).optional(),
    hash: z.string(),
    /** The thresholds that apply, including those set by flags. */
    thresholds: z.array(z.string()).optional(),
    /** The files that `report` writes, unless it is told otherwise. Absent: the defaults. */
    output: output.point.optional(),
  }),
  plan: planSchema,
  seed: z.number(),
  /** The machine: OS, CPU, cores, memory, Node. */
  environment: facts,
  encodingCosts: z.array(encodingCostSchema).readonly(),
  measurements: z.array(measurementRecord).readonly(),
  /** Absent if every planned point was measured. --resume tries them again. */
  leftOut: z.array(pointLeftOut).readonly().optional(),
})

export type ServerIdentity = z.infer<typeof serverIdentity>
/** What is known about one finished measurement besides its samples. */
export type MeasurementRecord = z.infer<typeof measurementRecord>
export type PointLeftOut = z.infer<typeof pointLeftOut>
/** The server, model, clip and answer reference of one or more measurements. */
export type Subject = Pick<MeasurementRecord, keyof typeof subjectFields>
/** The contents of a run.json. Only `RunWriter` changes a run. */
export type RunManifest = Readonly<z.infer<typeof manifest>>

/** The server, model, clip and answer reference of a record. */
export function subjectOf({ server, model, video, answerReference: reference }: Subject): Subject {
  return { server, model, video, answerReference: reference }
}

const versioned = z.looseObject({ schemaVersion: z.number() })

export type ParsedManifest =
  | { manifest: RunManifest }
  /** The run was written by a version of Framestorm that this version cannot read. */
  | { version: number }
  | { problem: string }

/** Checks the contents of a run.json. Runs of version 1 become runs of the current version. */
export function parseManifest(data: unknown): ParsedManifest {
  const head = versioned.safeParse(data)
  if (!head.success) return { problem: 'no schemaVersion' }
  const version = head.data.schemaVersion
  if (version !== 1 && version !== schemaVersion) return { version }
  const parsed = manifest.safeParse(version === 1 ? fromVersion1(head.data) : data)
  return parsed.success ? { manifest: parsed.data } : { problem: firstIssues(parsed.error) }
}

/**
 * Version 1 had one server, model, clip and answer reference per run; they apply to each measurement. It wrote the memory
 * of the machine in GiB, and gates compare machines as they are written.
 */
function fromVersion1(run: Record<string, unknown>): unknown {
  const names = Object.keys(subjectFields)
  const subject = Object.fromEntries(names.filter((name) => name in run).map((name) => [name, run[name]]))
  const rest = Object.fromEntries(Object.entries(run).filter(([name]) => !names.includes(name)))
  const { measurements, environment } = run
  return {
    ...rest,
    schemaVersion,
    environment: hasMemory(environment)
      ? { ...environment, memory: environment.memory.replace(/^([\d.]+) GiB$/, gigabytesOf) }
      : environment,
    measurements: Array.isArray(measurements)
      ? measurements.map((record: unknown) =>
          typeof record === 'object' && record !== null ? { ...subject, ...record } : record,
        )
      : measurements,
  }
}

/** The first problems, each with its place. */
function firstIssues(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
  const more = issues.length > 3 ? ` and ${issues.length - 3} more` : ''
  return issues.slice(0, 3).join('; ') + more
}

function hasMemory(environment: unknown): environment is { memory: string } {
  return (
    typeof environment === 'object' &&
    environment !== null &&
    'memory' in environment &&
    typeof environment.memory === 'string'
  )
}

function gigabytesOf(_: string, gibibytes: string): string {
  return `${((Number(gibibytes) * 2 ** 30) / 1e9).toFixed(1)} GB`
}
