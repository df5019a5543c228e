import * as z from 'zod'
import { encodingCostSchema } from '../frames/payload/measure-encoding-cost.js'
import { planSchema } from '../scenario/plan/plan.js'
import { savedMapping } from '../scenario/schema/section.js'

/*
 * run.json: everything that analysis needs to know about a run besides its samples. These schemas are the only place
 * that lists the fields. Mappings keep unknown fields: what a newer framestorm added within the same version passes
 * through, and --resume writes it back.
 */

/** 2: server, model, clip and answer reference are part of each measurement. 1 had them once per run. */
export const schemaVersion = 2

const count = z.int().min(0)
/** Facts by name, in words. */
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
  weights: z.string(),
  /** SHA-256 of the archive, if it is known. */
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
})

/**
 * How answers are compared with the answer that the same frame got alone, before the load, or why they are not. Kept
 * because the tolerance decides which answers count as wrong.
 */
const answerReference = z.discriminatedUnion('state', [
  savedMapping({
    state: z.literal('on'),
    /** Frames of the clip that have a reference answer, spread evenly. */
    frames: count,
    /** Largest distance between a frame's answer alone and together with others, in a request or in a batch. */
    noise: z.number(),
    /** Distance between the two most similar answers of different frames. */
    nearestDifferent: z.number(),
    /** Distances above this are wrong answers. */
    tolerance: z.number(),
    /** nearestDifferent ÷ tolerance, at least 2: the safety margin for noticing an answer to another frame. */
    power: z.number(),
    /** Frames that got another frame's answer when they were sent together with others; absent if none did. */
    mixedUp: z.number().optional(),
  }),
  savedMapping({ state: z.literal('off'), reason: z.string() }),
])

/** Observations are extras: a damaged one counts as not made, and its check is then not made either. */
function observed<T extends z.ZodType>(type: T) {
  return type.optional().catch(undefined)
}

/** What was observed beside the load. An absent field was not observed; its check never passes for want of data. */
const observations = savedMapping({
  /** Load threads of the measurement; the limit of their CPU holds per thread, its pacer included. */
  loadThreads: observed(z.number()),
  /** Change of the wall clock against the monotonic clock over the measurement. */
  clockStepMs: observed(z.number()),
  /** Settings in force after the measurement that differ from those requested, in words. */
  settingsChanged: observed(z.array(z.string())),
  /** The server's processes were not the same at the end. */
  serverRestarted: observed(z.boolean()),
  /** Workers that the server restarted by itself. */
  workersReplaced: observed(z.number()),
  /**
   * What the server's metrics endpoint counted for the model over the whole load, warm-up and drain included: requests
   * of every client, and sums over the successful ones, µs.
   */
  serverCounted: observed(
    savedMapping({ requests: z.number(), inferenceUs: z.number(), queueUs: z.number() }),
  ),
  /** Time that the processor was throttled, as a share of the window. */
  throttledShare: observed(z.number()),
  /** Time taken by other guests of the same host, as a share of the window. */
  stealShare: observed(z.number()),
  /** CPU of the server's processes during the window, in cores. */
  serverCpuCores: observed(z.number()),
  /** CPU of programs that are neither server nor client during the window, as a share of all cores. */
  otherCpuShare: observed(z.number()),
  /** CPU of the whole machine during the window, as a share of all its cores. */
  machineCpuShare: observed(z.number()),
})

/** What a measurement was made on. Absent parts are unknown: version 1 wrote them only once the server answered. */
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
  /** The start on the machine's monotonic clock, µs: relates our times to those in the server's log. */
  startedClockUs: z.number().optional(),
  ...subjectFields,
  /** Relative to the run folder, as all files are. */
  sampleFile: z.string(),
  /** The batch lines of the server's log during this measurement. */
  batchLogFile: z.string().optional(),
  /** The measured window, µs since the measurement's start. */
  windowStartUs: z.number(),
  windowEndUs: z.number(),
  /** False: interrupted. Such a measurement is kept and never summarised as complete. */
  complete: z.boolean(),
  /** CPU of the load threads (pacer included) during the window, as a share of one core. */
  loadCpuShare: z.number().optional(),
  /** CPU and memory per second: a JSON list of MachineSample. */
  machineFile: z.string().optional(),
  observations: observations.optional(),
  notes: z.array(z.string()),
  /** The FPS that autocannon measured with the same settings (--cross-check). */
  crossCheckFps: z.number().optional(),
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
    /** The flags that changed what was measured, as typed. */
    overrides: z.array(z.string()).optional(),
    hash: z.string(),
    /** The thresholds in force, those set by flags included. */
    thresholds: z.array(z.string()).optional(),
  }),
  plan: planSchema,
  seed: z.number(),
  /** The machine: OS, CPU, cores, memory, Node. */
  environment: facts,
  encodingCosts: z.array(encodingCostSchema).readonly(),
  measurements: z.array(measurementRecord).readonly(),
})

export type ServerIdentity = z.infer<typeof serverIdentity>
export type AnswerReference = z.infer<typeof answerReference>
export type MeasurementObservations = z.infer<typeof observations>
/** What is known of one finished measurement besides its samples. */
export type MeasurementRecord = z.infer<typeof measurementRecord>
/** What one measurement, or several, were made on. */
export type Subject = Pick<MeasurementRecord, keyof typeof subjectFields>
/** The contents of a run.json. Only the RunWriter changes a run; everything else reads it. */
export type RunManifest = Readonly<z.infer<typeof manifest>>

/** The server, model, clip and answer reference of a record. */
export function subjectOf({ server, model, video, answerReference: reference }: Subject): Subject {
  return { server, model, video, answerReference: reference }
}

const versioned = z.looseObject({ schemaVersion: z.number() })

export type ParsedManifest =
  | { manifest: RunManifest }
  /** Written by a version of framestorm that this one cannot read. */
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

/** Version 1 kept one server, model, clip and answer reference per run: they are those of each measurement. */
function fromVersion1(run: Record<string, unknown>): unknown {
  const names = Object.keys(subjectFields)
  const subject = Object.fromEntries(names.filter((name) => name in run).map((name) => [name, run[name]]))
  const rest = Object.fromEntries(Object.entries(run).filter(([name]) => !names.includes(name)))
  const { measurements } = run
  return {
    ...rest,
    schemaVersion,
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
