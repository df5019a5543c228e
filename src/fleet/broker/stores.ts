import type { JetStreamClient, JetStreamManager, StreamConfig } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { ObjectStore } from '@nats-io/obj'
import type { NatsConnection } from '@nats-io/transport-node'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import {
  agentsBucket,
  announcementTtlMs,
  duplicateWindowMs,
  keptInStreamMs,
  keptSubjects,
  payloadsBucket,
  runStream,
} from '../message/subjects.js'

export interface Stores {
  stream: JetStreamClient
  manager: JetStreamManager
  agents: KV
  payloads: ObjectStore
  /** Creates what is missing: a broker that was restarted without its files has lost them. */
  ensure: () => Promise<void>
}

/**
 * Opens the stores of the fleet, which whoever comes first creates.
 *
 * @throws UserError (exit code 3) if the broker has no JetStream
 */
export async function openStores(connection: NatsConnection): Promise<Stores> {
  const [{ jetstream, jetstreamManager, StorageType, DiscardPolicy }, { Kvm }, { Objm }, { nanos }] =
    await Promise.all([
      import('@nats-io/jetstream'),
      import('@nats-io/kv'),
      import('@nats-io/obj'),
      import('@nats-io/transport-node'),
    ])
  const runs: Partial<StreamConfig> & { name: string } = {
    name: runStream,
    subjects: keptSubjects,
    storage: StorageType.File,
    // A full disk refuses new samples, which the agents then keep, in place of dropping old ones.
    discard: DiscardPolicy.New,
    duplicate_window: nanos(duplicateWindowMs),
    max_age: nanos(keptInStreamMs),
  }
  const open = async () => {
    const manager = await jetstreamManager(connection)
    await addStream(manager, runs)
    const agents = await new Kvm(connection).create(agentsBucket, {
      history: 1,
      ttl: announcementTtlMs,
      storage: StorageType.File,
    })
    const payloads = await new Objm(connection).create(payloadsBucket, {
      ttl: nanos(keptInStreamMs),
      storage: StorageType.File,
    })
    return { manager, agents, payloads }
  }
  try {
    return {
      stream: jetstream(connection),
      ...(await open()),
      async ensure() {
        await open()
      },
    }
  } catch (error) {
    throw isWithoutJetStream(error) ? withoutJetStream(connection, error) : error
  }
}

async function addStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await manager.streams.info(config.name)
  } catch {
    await manager.streams.add(config)
  }
}

function isWithoutJetStream(error: unknown): boolean {
  return error instanceof Error && (error.name === 'JetStreamNotEnabled' || /jetstream/i.test(error.message))
}

function withoutJetStream(connection: NatsConnection, error: unknown): UserError {
  return new UserError('the broker has no JetStream', {
    where: connection.getServer(),
    expected: 'a nats-server that was started with -js',
    received: messageOf(error),
    remedy: 'Start it with `nats-server -js`, or with a jetstream block in its configuration.',
    exitCode: ExitCode.environment,
  })
}
