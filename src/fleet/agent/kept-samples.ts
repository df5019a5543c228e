import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { agentEvent, type AgentEvent } from '../message/events.js'
import type { JobMessage } from '../message/job-message.js'
import { encodeMessage, identifier, parseMessage } from '../message/parse-message.js'

type Measured = Pick<JobMessage, 'run' | 'measurement'>

/** The samples of a measurement, which are kept until the coordinator has them. */
export interface KeptMeasurement extends Measured {
  sampleFile: string
  /** How it ended; undefined if the agent was killed before its end. */
  event?: AgentEvent | undefined
}

export interface KeptSamples {
  /** Registers a measurement before its load. */
  begin: (measured: Measured) => Promise<KeptMeasurement>
  /** Saves how it ended, so that it can be told again after a restart. */
  finish: (event: AgentEvent) => Promise<void>
  forget: (measurement: string) => Promise<void>
  find: (measurement: string) => KeptMeasurement | undefined
  all: () => KeptMeasurement[]
}

/** Nobody will ask for older ones. */
const keptMs = 7 * 86_400_000

/** Opens the folder of an agent's samples, with what an earlier process left there. Its caller has the only access. */
export async function openKeptSamples(folder: string, now: number = Date.now()): Promise<KeptSamples> {
  await mkdir(folder, { recursive: true })
  const kept = new Map<string, KeptMeasurement>()
  const sampleFile = (measurement: string) => join(folder, `${measurement}.samples`)
  const noteFile = (measurement: string) => join(folder, `${measurement}.json`)

  for (const name of await readdir(folder)) {
    const measurement = /^(.+)\.json$/.exec(name)?.[1]
    if (measurement === undefined || !identifier.safeParse(measurement).success) continue
    const found = await readNote(noteFile(measurement))
    const { mtimeMs } = await stat(noteFile(measurement))
    if (found === undefined || now - mtimeMs > keptMs) await remove(measurement)
    else kept.set(measurement, { ...found, measurement, sampleFile: sampleFile(measurement) })
  }

  async function remove(measurement: string): Promise<void> {
    await rm(sampleFile(measurement), { force: true })
    await rm(noteFile(measurement), { force: true })
  }

  return {
    async begin({ run, measurement }) {
      const begun: KeptMeasurement = { run, measurement, sampleFile: sampleFile(measurement) }
      kept.set(measurement, begun)
      await writeFileAtomic(noteFile(measurement), JSON.stringify({ run }))
      return begun
    },
    async finish(event) {
      const begun = kept.get(event.measurement)
      if (begun === undefined) return
      begun.event = event
      await writeFileAtomic(noteFile(event.measurement), encodeNote(event))
    },
    async forget(measurement) {
      // Only what is registered is deleted, so that a message cannot name a file.
      if (kept.delete(measurement)) await remove(measurement)
    },
    find: (measurement) => kept.get(measurement),
    all: () => [...kept.values()].filter((one) => existsSync(one.sampleFile)),
  }
}

function encodeNote(event: AgentEvent): Buffer {
  return Buffer.from(encodeMessage(event))
}

/** A note is an event, or before the end of the load only its run. A damaged one counts as none. */
async function readNote(
  file: string,
): Promise<Omit<KeptMeasurement, 'measurement' | 'sampleFile'> | undefined> {
  const bytes = await readFile(file)
  const ended = parseMessage(agentEvent, bytes)
  if ('message' in ended) return { run: ended.message.run, event: ended.message }
  const begun = parseMessage(begunNote, bytes)
  return 'message' in begun ? begun.message : undefined
}

const begunNote = agentEvent.options[0].pick({ run: true })
