import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startRelay, type Link, type Relay } from './relay.js'

let echo: Server
let relay: Relay | undefined
let accepted: Socket[] = []

beforeEach(async () => {
  accepted = []
  echo = createServer((socket) => {
    accepted.push(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
})

afterEach(() => {
  relay?.close()
  echo.close()
})

async function connectBy(link: Link): Promise<Socket> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = echo.address() as AddressInfo
  relay = await startRelay({ host: '127.0.0.1', port }, link, { seed: 1 })
  const socket = connect(relay.port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

test('all bytes come back in order, no sooner than the link allows', async () => {
  const socket = await connectBy({
    thereMs: 30,
    backMs: 10,
    jitterMs: 20,
    stalls: { everyMs: 20, forMs: 40 },
  })
  const beganMs = performance.now()
  const sent = Array.from({ length: 200 }, (_, i) => `piece ${i}\n`)
  let received = ''
  let firstMs: number | undefined
  socket.setEncoding('utf8').on('data', (text: string) => {
    firstMs ??= performance.now() - beganMs
    received += text
  })
  for (const text of sent) {
    socket.write(text)
    await sleep(1)
  }
  while (received.length < sent.join('').length) await once(socket, 'data')
  expect(received).toBe(sent.join(''))
  expect(firstMs).toBeGreaterThanOrEqual(39)
  socket.destroy()
})

test('a cut closes both sides', async () => {
  const socket = await connectBy({ thereMs: 0, backMs: 0, jitterMs: 0 })
  if (accepted.length === 0) await once(echo, 'connection')
  relay!.cut()
  await Promise.all([once(socket, 'close'), once(accepted[0]!, 'close')])
  expect([socket.destroyed, accepted[0]!.destroyed]).toEqual([true, true])
})
