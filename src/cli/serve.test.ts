import { expect, onTestFinished, test } from 'vitest'
import { start } from './testing/framestorm.test.support.js'

const anyPorts = [
  '--inference-port',
  '0',
  '--management-port',
  '0',
  '--metrics-port',
  '0',
  '--grpc-port',
  '0',
]

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])

/** What the command prints until it listens. */
async function serve(...flags: string[]): Promise<string> {
  const serving = start(['serve', '--server', 'embedded:tau=2ms,alpha=1ms', ...anyPorts, ...flags])
  onTestFinished(() => void serving.child.kill())
  let printed = ''
  serving.child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await serving.says('/metrics')
  return printed
}

function post(url: string): Promise<Response> {
  const inputs = [{ name: 'frames', datatype: 'BYTES', shape: [1], data: [jpeg.toString('base64')] }]
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', body: JSON.stringify({ inputs }), headers })
}

test.each([
  ['torchserve', [], '/predictions/resnet-18'],
  ['oip', ['--api', 'oip'], '/v2/models/resnet-18/infer'],
  ['custom', ['--api', 'custom', '--path', '/detect'], '/detect'],
])('serve prints the address of a prediction: %s', async (_api, flags, path) => {
  const printed = await serve(...flags)
  const [, address = ''] = /^inference +(\S+)$/m.exec(printed) ?? []
  expect(address.endsWith(path)).toBe(true)
  expect((await post(address)).status).toBe(200)
  expect(printed.includes('gRPC')).toBe(!flags.includes('custom'))
})

test('a custom server answers on its own path for readiness only', async () => {
  const printed = await serve('--api', 'custom', '--ready', '/up')
  const [origin = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? []
  expect((await fetch(`${origin}/up`)).status).toBe(200)
  expect((await fetch(`${origin}/ping`)).status).toBe(405)
})
