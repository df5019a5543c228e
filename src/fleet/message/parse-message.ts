import * as z from 'zod'
import { messageOf } from '../../system/user-error.js'

/** Version of the messages. Agents and coordinator of another version refuse each other's messages. */
const protocolVersion = 1

/**
 * Largest message, bytes. NATS passes on 1 MB by default; what is larger travels over the object store or in chunks.
 */
export const mostMessageBytes = 512 * 1024

/** Every message has the version of the protocol. */
export const protocol = z.literal(protocolVersion)

/** Names of agents, runs and measurements: they are parts of subjects and of file names. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, { error: 'not a name of letters, digits, - and _' })

/** A time on a monotonic clock, µs. */
export const clockUs = z.number().min(-1e15).max(1e15)

/** A text for people. */
export const words = z.string().max(4000)

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'not a SHA-256' })

/** A blob in the object store, under its hash. */
export const blobName = z.strictObject({ sha256, bytes: z.int().min(1) })
export type BlobName = z.infer<typeof blobName>

/** A message, or why it is refused, in one line without any text of the sender. */
export type Parsed<T> = { message: T } | { refused: string }

/** Reads a message that anybody may have sent. Never throws. */
export function parseMessage<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
  mostBytes: number = mostMessageBytes,
): Parsed<T> {
  if (bytes.length > mostBytes) return { refused: `${bytes.length} bytes, at most ${mostBytes} are allowed` }
  let data: unknown
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { refused: 'not JSON' }
  }
  try {
    const parsed = schema.safeParse(data)
    return parsed.success ? { message: parsed.data } : { refused: firstIssue(parsed.error) }
  } catch (error) {
    // Data that is nested too deeply for the stack.
    return { refused: `not readable (${messageOf(error)})` }
  }
}

/** The place and kind of the first mistake. Keys of the sender are shortened, because they may be anything. */
function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues
  if (issue === undefined) return 'not valid'
  const place = issue.path
    .map((key) =>
      String(key)
        .replaceAll(/[^\w-]/g, '?')
        .slice(0, 40),
    )
    .join('.')
  if (place === 'protocol') return `another version of the protocol, expected ${protocolVersion}`
  const wrong = issue.code === 'unrecognized_keys' ? 'an unknown field' : issue.message.slice(0, 200)
  return place === '' ? wrong : `${place.slice(0, 200)}: ${wrong}`
}

const encoder = new TextEncoder()

/** The bytes of a message. */
export function encodeMessage(message: {
  protocol: typeof protocolVersion
  [field: string]: unknown
}): Uint8Array {
  return encoder.encode(JSON.stringify(message))
}

/** The version, for a message under construction. */
export const thisProtocol = { protocol: protocolVersion } as const
