import { createHash } from 'node:crypto'
import { closeSync, constants, createReadStream, openSync, statSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { join } from 'node:path'
import { sampleChunkBytes, type SampleChunk } from '../message/sample-chunks.js'
import type { Delivery } from '../message/events.js'

/** Writes the chunks that agents deliver into one file for each agent and measurement. */
export interface SampleReceiver {
  /** Writes a chunk at its place, so it may come twice and in any order. */
  write: (agent: string, chunk: SampleChunk, bytes: Uint8Array) => void
  file: (measurement: string, agent: string) => string
  /**
   * Whether the file is what the agent delivered.
   *
   * @throws the system's error if a chunk could not be written, such as ENOSPC
   */
  isWhole: (measurement: string, agent: string, delivery: Delivery) => Promise<boolean>
  remove: (measurement: string, agent: string) => Promise<void>
}

/** @param folder where the files are until they are merged, and those of an agent that was lost are kept */
export function openSampleReceiver(folder: string): SampleReceiver {
  let failure: unknown
  const file = (measurement: string, agent: string) => join(folder, `${measurement}.${agent}.bin`)
  return {
    file,
    write(agent, { measurement, chunk }, bytes) {
      if (failure !== undefined) return
      try {
        writeAt(file(measurement, agent), bytes, chunk * sampleChunkBytes)
      } catch (error) {
        failure = error
      }
    },
    async isWhole(measurement, agent, { bytes, sha256 }) {
      if (failure !== undefined) throw failure
      const path = file(measurement, agent)
      const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 }
      if (size !== bytes) return false
      return bytes === 0 || (await hashOf(path)) === sha256
    },
    remove: (measurement, agent) => rm(file(measurement, agent), { force: true }),
  }
}

function writeAt(path: string, bytes: Uint8Array, position: number): void {
  // Neither 'a' nor 'w': chunks are written at their place in a file that may exist.
  const fd = openSync(path, constants.O_CREAT | constants.O_WRONLY)
  try {
    for (let done = 0; done < bytes.length;)
      done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  } finally {
    closeSync(fd)
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
