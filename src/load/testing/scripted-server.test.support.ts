import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Endpoint } from '../../server/endpoint.js'

/** One request as the server saw it. */
export interface SeenRequest {
  number: number
  /** The frames in its body, as numbers of the clip. */
  frames: number[]
  body: string
  headers: IncomingMessage['headers']
}

export type Script = (request: SeenRequest, response: ServerResponse) => void

export interface ScriptedServer {
  endpoint: Endpoint
  seen: SeenRequest[]
  close(): Promise<void>
}

/** Answers as TorchServe's handler does: one result for a single frame, else a list. */
export const answerFrames: Script = ({ frames }, response) => {
  const results = frames.map((frame) => ({ [`class ${frame}`]: 0.5 }))
  response.setHeader('x-request-id', '01234567-89ab-cdef-0123-456789abcdef')
  response.end(JSON.stringify(frames.length === 1 ? results[0] : results))
}

/** A real HTTP server on a free port that understands the bodies of `smallPayload`. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const frames = [...body.matchAll(/f(\d+) /g)].map((match) => Number(match[1]))
      const entry = { number: seen.length, frames, body, headers: request.headers }
      seen.push(entry)
      script(entry, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    endpoint: {
      protocol: 'http',
      api: 'torchserve',
      tls: false,
      host: '127.0.0.1',
      port,
      path: '/predictions/m',
    },
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
