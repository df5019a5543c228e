import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { framestormHere, streamEight, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** As any web framework would serve a model: one JSON answer per request, with one result per frame. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url !== '/v1/pose:predict') {
      response.writeHead(404).end()
      return
    }
    const { instances } = JSON.parse(Buffer.concat(chunks).toString()) as { instances: { data: string }[] }
    const predictions = instances.map(({ data }) => ({
      score: createHash('md5').update(data).digest().readUInt32BE(0) / 2 ** 32,
    }))
    setTimeout(() => response.end(JSON.stringify({ predictions })), 2)
  })
})
let address = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('no TCP server')
  address = `http://127.0.0.1:${listening.port},api=custom,path=/v1/{model}:predict`
})
afterAll(() => server.close())

const model = ['--set', 'model.name=pose', '--set', 'model.request.json={ instances: [ { data: $frame } ] }']

test('any HTTP server is measured, with what it does not tell left empty', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), { 'mode: [server, client]': 'mode: client' })
  const { code, stdout, stderr } = await framestormHere([
    'bench',
    scenario,
    '--server',
    address,
    ...model,
    '--out',
    out,
  ])
  expect([code, stderr.includes('TorchServe')]).toEqual([0, false])
  expect(stdout).toContain('HTTP server at 127.0.0.1')
  const [point, ...others] = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), {
    columns: true,
  })
  expect(others).toEqual([])
  expect(Number(point!['fps'])).toBeGreaterThan(0)
  expect(point).toMatchObject({
    framesHttpError: '0',
    framesBadResponse: '0',
    framesPerRequest: '2',
    batchesFormed: '',
  })
})

test('the embedded server plays such a server, in one process with the run', async () => {
  const out = join(await temporaryFolder(), 'run')
  const scenario = await writeScenario(await temporaryFolder(), { 'mode: [server, client]': 'mode: client' })
  const server = ['--server', 'embedded:tau=2ms,alpha=1ms,api=custom']
  const { code } = await framestormHere(['bench', scenario, ...server, ...model, '--out', out])
  expect([0, 4]).toContain(code)
  const points = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), { columns: true })
  expect(points).toMatchObject([{ framesPerRequest: '2', framesHttpError: '0', batchesFormed: '' }])
  expect(points[0]!['framesScheduled']).toBe(points[0]!['framesOk'])
})

test('stream sends to it too', async () => {
  const request = '{ json: { instances: [ { data: $frame } ] } }'
  const { code, stdout } = await streamEight(address, ['--model', 'pose', '--request', request])
  expect(code).toBe(0)
  expect(stdout).toContain('8 answered')
})

test('fields of a TorchServe are refused for another server', async () => {
  const scenario = await writeScenario(await temporaryFolder())
  const server = `${address},managementUrl=http://127.0.0.1:1,manage=true`
  const { code, stderr } = await framestormHere(['bench', scenario, '--server', server, '--dry-run'])
  expect(code).toBe(2)
  expect(stderr).toContain('managementUrl belongs to a TorchServe')
  expect(stderr).toContain('manage belongs to a TorchServe')
})
