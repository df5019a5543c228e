import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import type { Fault } from '../../scenario/grammar/faults.js'
import type { EmbeddedSettings, ModelSettings } from '../../scenario/plan/plan.js'
import { embeddedDefaults, type EmbeddedConfig } from './embedded-config.js'
import { EmbeddedServer, type EmbeddedPorts } from './embedded-server.js'
import { startEmbedded, type RunningEmbedded, type StartEmbeddedOptions } from './start-embedded.js'

export const model: ModelSettings = {
  name: 'resnet-18',
  weights: 'seeded',
  request: { field: '{i}', json: 'object' },
  answer: { list: '' },
}

export const settings: EmbeddedSettings = { kind: 'embedded', tauMs: 2, alphaMs: 1, jitter: 0, workers: 1 }

function startServer(
  changes: Partial<EmbeddedSettings>,
  options: Partial<StartEmbeddedOptions>,
): Promise<RunningEmbedded> {
  const batching = { serverBatchSize: 1, workers: 1 }
  const signal = new AbortController().signal
  return startEmbedded({ ...settings, ...changes }, model, { batching, signal, ...options })
}

/** One server for all tests of a file that leave it as it is. */
export function sharedServer(): (use: (server: RunningEmbedded) => Promise<void>) => Promise<void> {
  let server: RunningEmbedded
  beforeAll(async () => {
    server = await startServer({}, {})
  })
  afterAll(() => server.stop())
  return (use) => use(server)
}

/** Runs a test against a server that has ended when it returns. */
export async function withServer(
  changes: Partial<EmbeddedSettings>,
  options: Partial<StartEmbeddedOptions>,
  use: (server: RunningEmbedded) => Promise<void>,
): Promise<void> {
  const server = await startServer(changes, options)
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

function predictUrl({ endpoint }: RunningEmbedded): string {
  return `http://${endpoint.host}:${endpoint.port}${endpoint.path}`
}

export function post(
  server: RunningEmbedded,
  body: string | Uint8Array | FormData,
  contentType?: string,
): Promise<Response> {
  const headers = contentType === undefined ? undefined : { 'content-type': contentType }
  return fetch(predictUrl(server), { method: 'POST', body, ...(headers && { headers }) })
}

/** Sends bytes as they are, piece by piece, and resolves with all that came until the end or until `enough` says so. */
export function exchange(port: number, pieces: string[], enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => writeAll(socket, pieces))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (enough(text)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

/** Each piece goes once the one before it has left, so that they rarely arrive together. */
function writeAll(socket: Socket, [piece, ...rest]: string[]): void {
  if (piece === undefined || socket.destroyed) return
  socket.write(piece, 'latin1', () => setImmediate(writeAll, socket, rest))
}

/** Runs a test against a server in this process, with the model `m`. */
export async function withApi(
  choices: Partial<EmbeddedConfig> & { faults?: Fault[] },
  use: (ports: EmbeddedPorts) => Promise<void>,
): Promise<void> {
  const { faults = [], ...config } = choices
  const service = { tauMs: 2, alphaMs: 1, jitter: 0 }
  const archives = [{ file: 'a.mar', modelName: 'm', service, faults }]
  const server = new EmbeddedServer({ ...embeddedDefaults, archives, ...config })
  try {
    const ports = await server.open()
    await server.configure('a.mar', { serverBatchSize: 1, workers: 1 })
    await use(ports)
  } finally {
    await server.close()
  }
}
