import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { predictions } from '../../src/frames/message/predictions.js'
import type { Endpoint } from '../../src/server/endpoint.js'
import { acceptsConnections, freePort } from './free-port.js'
import { pinned } from './pinned.js'

export interface Nghttpd {
  endpoint: Endpoint
  stop(): Promise<void>
}

/**
 * nghttpd, a server of HTTP/2 in C, that reads each message and answers with a PredictionResponse; undefined where it is
 * not installed. nginx cannot take its place: it refuses streams whose message comes before it has seen our
 * acknowledgement of its settings.
 */
export async function startNghttpd(folder: string, core: number | undefined): Promise<Nghttpd | undefined> {
  const { exitCode } = await execa('nghttpd', ['--version'], { reject: false })
  if (exitCode !== 0) return undefined
  const documents = await mkdtemp(join(folder, 'nghttpd-'))
  const answer = JSON.stringify({ tabby: 0.5, tiger: 0.25, lynx: 0.125 })
  await writeFile(
    join(documents, 'answer.grpc'),
    withGrpcPrefix(predictions.encodeResponse(Buffer.from(answer))),
  )
  const types = join(documents, 'mime.types')
  await writeFile(types, 'application/grpc grpc\n')
  const port = await freePort()
  // grpc-java and grpc-go offer windows of about 1 MB too.
  const windows = ['-w', '20', '-W', '20']
  const served = ['-d', documents, '--mime-types-file', types, '--trailer', 'grpc-status: 0']
  const args = ['--no-tls', ...served, ...windows, String(port)]
  const child = execa(...pinned(core, 'nghttpd', args), { reject: false, stdio: 'ignore' })
  await acceptsConnections(port, 'nghttpd')
  return {
    endpoint: {
      protocol: 'grpc',
      api: 'torchserve',
      tls: false,
      host: '127.0.0.1',
      port,
      path: '/answer.grpc',
    },
    async stop() {
      child.kill()
      await child
    },
  }
}
