import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nkeys } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import {
  addressTestCertificate,
  addressTestKey,
  testCertificate,
  testKey,
} from '../../load/testing/test-certificate.test.support.js'
import { probePort } from '../../system/ports.js'
import { unusedPort } from '../../system/unused-port.test.support.js'
import { spawnGuarded } from '../../system/processes/spawn-guarded.js'
import { startTestBroker, until } from '../testing/agents.test.support.js'
import { readBrokerAccess } from './broker-access.js'
import { connectBroker } from './connect-broker.js'
import { ensureNatsServer } from './nats-server.js'

/** A nats-server with a configuration of its own; `FOLDER` stands for a folder that has the test's certificate. */
async function withNatsServer(
  lines: string[],
  use: (port: number, folder: string) => Promise<void>,
  { cert, key } = { cert: testCertificate, key: testKey },
): Promise<void> {
  const { path } = await ensureNatsServer({ onProgress: () => undefined })
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-nats-'))
  const port = await unusedPort()
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  const text = ['host: 127.0.0.1', `port: ${port}`, ...lines].join('\n').replaceAll('FOLDER', folder)
  await writeFile(join(folder, 'nats.conf'), text)
  const server = await spawnGuarded(path, ['--config', join(folder, 'nats.conf')], { graceMs: 2000 })
  try {
    await until('the port', async () =>
      'address' in (await probePort('127.0.0.1', port, 500)) ? true : undefined,
    )
    await use(port, folder)
  } finally {
    await server.end()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const jetstream = 'jetstream { store_dir: "FOLDER/store" }'
const tls = 'tls { cert_file: "FOLDER/cert.pem", key_file: "FOLDER/key.pem" }'

async function connect(url: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const access = readBrokerAccess('--nats', url, environment)
  const broker = await connectBroker(access, { name: 'test', onStatus: () => undefined })
  const version = broker.connection.info!.version
  await broker.close()
  return version
}

test('a token in the environment opens the broker, and none or another does not', async () => {
  const { url, token, end } = await startTestBroker()
  try {
    expect(await connect(url, { NATS_TOKEN: `${token}\n` })).toMatch(/^\d+\.\d+/)
    for (const environment of [{}, { NATS_TOKEN: 'another' }]) {
      await expect(connect(url, environment)).rejects.toMatchObject({
        message: 'the broker does not accept the credentials',
        exitCode: 3,
        parts: { where: url, remedy: expect.stringContaining('NATS_TOKEN') as string },
      })
    }
  } finally {
    await end()
  }
})

test('an NKey and TLS with a certificate authority of its own', () => {
  const user = nkeys.createUser()
  const seed = new TextDecoder().decode(user.getSeed())
  const users = `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`
  return withNatsServer([jetstream, tls, users], async (port, folder) => {
    const url = `tls://localhost:${port}`
    const ca = join(folder, 'cert.pem')
    expect(await connect(url, { NATS_NKEY: seed, NATS_CA_FILE: ca })).toMatch(/^\d+\.\d+/)
    await expect(connect(url, { NATS_NKEY: seed })).rejects.toMatchObject({
      message: 'no secure connection to the broker',
      exitCode: 3,
    })
    const other = new TextDecoder().decode(nkeys.createUser().getSeed())
    await expect(connect(url, { NATS_NKEY: other, NATS_CA_FILE: ca })).rejects.toThrow('does not accept')
  })
})

const ofAddress = { cert: addressTestCertificate, key: addressTestKey }

test('the certificate of the broker must have the name or address under which it is reached', () =>
  withNatsServer(
    [jetstream, tls],
    async (port, folder) => {
      const environment = { NATS_CA_FILE: join(folder, 'cert.pem') }
      expect(await connect(`tls://127.0.0.1:${port}`, environment)).toMatch(/^\d+/)
      await expect(connect(`tls://localhost:${port}`, environment)).rejects.toMatchObject({
        message: 'no secure connection to the broker',
        parts: { received: expect.stringContaining('Host: localhost') as string },
      })
    },
    ofAddress,
  ))

test('a broker that asks for a client certificate gets it from the environment, or the error names it', () =>
  withNatsServer(
    [jetstream, tls.replace(' }', ', ca_file: "FOLDER/cert.pem", verify: true }')],
    async (port, folder) => {
      const ca = { NATS_CA_FILE: join(folder, 'cert.pem') }
      const own = { NATS_CERT_FILE: join(folder, 'cert.pem'), NATS_KEY_FILE: join(folder, 'key.pem') }
      const url = `tls://localhost:${port}`
      expect(await connect(url, { ...ca, ...own })).toMatch(/^\d+/)
      await expect(connect(url, ca)).rejects.toMatchObject({
        parts: { remedy: expect.stringContaining('set NATS_CERT_FILE and NATS_KEY_FILE') as string },
      })
    },
  ))

test('tls:// is refused by a client that gets no TLS', () =>
  withNatsServer([jetstream], async (port) => {
    expect(await connect(`nats://127.0.0.1:${port}`)).toMatch(/^\d+/)
    await expect(connect(`tls://127.0.0.1:${port}`)).rejects.toThrow('no secure connection to the broker')
  }))

test('a broker without JetStream', () =>
  withNatsServer([], async (port) => {
    await expect(connect(`nats://127.0.0.1:${port}`)).rejects.toMatchObject({
      message: 'the broker has no JetStream',
      parts: { remedy: expect.stringContaining('nats-server -js') as string },
    })
  }))

test('a broker that is not there fails at once, or is waited for', async () => {
  const port = await unusedPort()
  const url = `nats://127.0.0.1:${port}`
  await expect(connect(url)).rejects.toMatchObject({ message: 'the broker cannot be reached', exitCode: 3 })
  const lines: string[] = []
  const waiting = connectBroker(
    { url, token: 'tabc' },
    { name: 'test', patienceMs: 60_000, onStatus: (line) => lines.push(line) },
  )
  await until('a line', () => lines[0])
  expect(lines[0]).toContain('cannot be reached')
  const { end } = await startTestBroker({ port, token: 'tabc' })
  const broker = await waiting
  await broker.close()
  await end()
})
