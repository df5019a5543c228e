import * as z from 'zod'
import { identifier } from './parse-message.js'

/** Bytes of a sample file in one message. */
export const sampleChunkBytes = 512 * 1000
/** 100 GB of samples. Files far larger are not possible on every file system, also if they are empty. */
const mostChunks = 200_000

/**
 * A part of a sample file: its bytes follow those of the chunks before it. The same chunk may come several times, also
 * from several attempts to deliver, so it is written at its place.
 */
const sampleChunk = z.object({
  measurement: identifier,
  /** 0 … chunks − 1. Its first byte is number `chunk × sampleChunkBytes` of the file. */
  chunk: z.coerce
    .number()
    .int()
    .min(0)
    .max(mostChunks - 1),
})
export type SampleChunk = z.infer<typeof sampleChunk>

/** Header fields of a message with a chunk. */
const names = { measurement: 'Framestorm-Measurement', chunk: 'Framestorm-Chunk' } as const

/** The header fields of a chunk, by name. */
export function chunkHeaders({ measurement, chunk }: SampleChunk): Record<string, string> {
  return { [names.measurement]: measurement, [names.chunk]: String(chunk) }
}

/**
 * The chunk that a message holds; undefined if it holds none.
 *
 * @param header the value of a header field; empty or undefined if the message does not have it
 */
export function readChunk(
  header: (name: string) => string | undefined,
  bytes: number,
): SampleChunk | undefined {
  if (bytes === 0 || bytes > sampleChunkBytes) return undefined
  const read = {
    measurement: header(names.measurement),
    chunk: header(names.chunk) || undefined,
  }
  return sampleChunk.safeParse(read).data
}

/** Identifies a chunk to the stream, which drops it if it comes twice within the duplicate window. */
export function chunkMessageId(agent: string, { measurement, chunk }: SampleChunk, attempt: number): string {
  return `${measurement}.${agent}.${chunk}${attempt === 0 ? '' : `.${attempt}`}`
}
