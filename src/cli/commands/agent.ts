import { join } from 'node:path'
import type { Argv } from 'yargs'
import { parseAllowed } from '../../fleet/agent/allowed-address.js'
import { parseAllowedVariables } from '../../fleet/agent/allowed-variables.js'
import { runAgent } from '../../fleet/agent/run-agent.js'
import { readBrokerAccess } from '../../fleet/broker/broker-access.js'
import { announcement } from '../../fleet/message/announcement.js'
import { cacheFolder } from '../../system/cache-folder.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { printNotice, type Command } from '../command.js'

interface AgentFlags {
  nats: string
  name: string
  label: string[]
  allow: string[]
  env: string[]
  work?: string
}

export const agentCommand: Command<AgentFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .option('nats', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Broker, such as nats://host:4222 or tls://host:4222',
      })
      .option('name', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Name of this agent, which becomes the site of its results',
      })
      .option('label', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        describe: 'Label for --spread, such as zone=eu; can be repeated',
      })
      .option('allow', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        describe: 'host:port of a server that it may load, or loopback (the default); can be repeated',
      })
      .option('env', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        describe: 'Name of an environment variable that a load may send, such as TS_TOKEN; can be repeated',
      })
      .option('work', {
        type: 'string',
        requiresArg: true,
        describe: 'Folder for payloads, and for samples until they are received (default: in the cache)',
      })
      .epilogue(
        'Credentials are read from the environment: NATS_TOKEN or NATS_NKEY (a seed); for TLS NATS_CA_FILE, NATS_CERT_FILE and ' +
          'NATS_KEY_FILE. See docs/fleet.md.',
      ),

  async run({ nats, name, label, allow, env, work }, { interruption }) {
    const access = readBrokerAccess('--nats', nats)
    const labels = Object.fromEntries(label.map(parseLabel))
    requireNames(name, labels)
    await runAgent(
      {
        access,
        name,
        labels,
        allowed: parseAllowed(allow),
        variables: parseAllowedVariables(env),
        workFolder: work ?? join(cacheFolder(), 'agent'),
      },
      { signal: interruption.signal, log: printNotice },
    )
    return ExitCode.pass
  },
}

function parseLabel(text: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new UserError('--label is not valid', {
    where: '--label',
    expected: 'name=value, such as zone=eu',
    received: JSON.stringify(text),
  })
}

/** @throws UserError unless name and labels are what an announcement may hold */
function requireNames(name: string, labels: Record<string, string>): void {
  const { shape } = announcement
  if (!shape.name.safeParse(name).success) {
    throw new UserError('--name is not valid', {
      where: '--name',
      expected: 'letters, digits, dashes and underscores, at most 63, such as site-a',
      received: JSON.stringify(name),
    })
  }
  if (shape.labels.safeParse(labels).success) return
  throw new UserError('--label is not valid', {
    where: '--label',
    expected: 'names and values of letters, digits, dots, dashes and underscores, such as zone=eu',
    received: JSON.stringify(labels),
  })
}
