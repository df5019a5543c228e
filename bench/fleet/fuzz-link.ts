import { createHash, randomBytes } from 'node:crypto'
import type { Broker } from '../../src/fleet/broker/connect-broker.js'
import { openFleetLink } from '../../src/fleet/coordinator/fleet-link.js'
import { openSampleReceiver } from '../../src/fleet/coordinator/receive-samples.js'
import { encodeMessage, thisProtocol } from '../../src/fleet/message/parse-message.js'
import { chunkHeaders, sampleChunkBytes } from '../../src/fleet/message/sample-chunks.js'
import { agentsBucket, progressSubject, runSubject } from '../../src/fleet/message/subjects.js'
import { until } from '../../src/fleet/testing/agents.test.support.js'
import { seededRandom } from '../../src/system/seeded-random.js'
import { hostileMessage, pick } from './hostile-messages.js'
import { validAnnouncement, validEvents, validProgress } from './valid-messages.js'

/** Words of a subject, which may have any character but spaces, dots and wildcards. */
const words = ['a', 'b', 'site/a', '/etc/passwd', '~', 'ä', '%2e%2e', '$env:HOME', '-', 'x'.repeat(300)]
const numbers = ['0', '1', '-1', '1e9', '9007199254740993', 'NaN', '0x10', '', ' ', '3.5', '199999', '200000']
const names = ['m', '..', '../m', 'a/b', '', 'x'.repeat(300)]
const atOnce = 500
const run = 'fuzz'

/**
 * Publishes messages that are nearly valid wherever a coordinator listens. Afterwards it must hear an honest agent, and get
 * all of its samples.
 *
 * @param folder for samples
 * @throws Error if the coordinator no longer does
 */
export async function fuzzLink(
  { broker, hostile }: { broker: Broker; hostile: Broker },
  folder: string,
  { count, seed }: { count: number; seed: number },
): Promise<{ published: number; eventsTaken: number }> {
  const random = seededRandom(seed)
  const { headers } = await import('@nats-io/transport-node')
  const receiver = openSampleReceiver(folder)
  let eventsTaken = 0
  let honest = 0
  const link = await openFleetLink(broker, { run, receiver, onUnclaimed: () => eventsTaken++ })
  link.listen('m', { onEvent: () => eventsTaken++ >= 0, onProgress: () => undefined })
  link.listen('honest', { onEvent: () => honest++ >= 0, onProgress: () => undefined })

  function publish(subject: string, data: Uint8Array, fields: Record<string, string> = {}): void {
    const set = headers()
    for (const [name, value] of Object.entries(fields)) set.set(name, value)
    hostile.connection.publish(subject, data, { headers: set })
  }

  function publishOne(): void {
    const kind = random()
    const agent = random() < 0.5 ? 'a' : pick(random, words)
    if (kind < 0.4) publish(runSubject(run, 'event', agent), hostileMessage(validEvents, random))
    else if (kind < 0.6) publish(progressSubject(run, agent), hostileMessage([validProgress], random))
    else if (kind < 0.7)
      publish(`$KV.${agentsBucket}.${pick(random, ['a', 'b'])}`, hostileMessage([validAnnouncement], random))
    else {
      const fields = chunkHeaders({ measurement: 'm', chunk: 0 })
      const [measurement, chunk] = Object.keys(fields)
      const odd = { [measurement!]: pick(random, names), [chunk!]: pick(random, numbers) }
      publish(runSubject(run, 'samples', agent), hostileMessage(validEvents, random), odd)
    }
  }

  try {
    for (let published = 0; published < count; published++) {
      publishOne()
      if (published % atOnce === 0) await hostile.connection.flush()
    }
    const samples = randomBytes(2.5 * sampleChunkBytes)
    const parts = [0, 1, 2].map((part) =>
      samples.subarray(part * sampleChunkBytes, (part + 1) * sampleChunkBytes),
    )
    for (const [chunk, data] of parts.entries())
      publish(runSubject(run, 'samples', 'a'), data, chunkHeaders({ measurement: 'honest', chunk }))
    const sha256 = createHash('sha256').update(samples).digest('hex')
    const sizes = { bytes: samples.length, chunks: 3, requests: 1, frames: 0, attempt: 0 }
    const ended = {
      ...validEvents[0],
      ...thisProtocol,
      measurement: 'honest',
      delivery: { ...sizes, sha256 },
    }
    publish(runSubject(run, 'event', 'a'), encodeMessage(ended))
    await until('the event of the honest agent', () => honest || undefined, 60_000)
    if (!(await receiver.isWhole('honest', 'a', { ...sizes, sha256 }))) throw new Error('samples were lost')
    return { published: count, eventsTaken }
  } finally {
    await link.close()
  }
}
