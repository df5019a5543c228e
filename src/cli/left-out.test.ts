import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RunManifest } from '../run/manifest.js'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** A server with one model, `known`, that takes up to `most` frames per request. */
async function serverThatTakes(limit: { most: number }): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({ status: 'Healthy' }))
      return
    }
    let body = ''
    request.setEncoding('latin1').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const isKnown = request.url === '/predictions/known'
      const frames = body.startsWith('{') ? Object.keys(JSON.parse(body) as object).length : 1
      response.statusCode = isKnown ? (frames > limit.most ? 413 : 200) : 404
      const error = isKnown
        ? { code: 413, type: 'ContentTooLarge', message: 'Request <b>too</b> large.' }
        : { code: 404, type: 'ModelNotFoundException', message: 'Model not found: unknown' }
      const result = { cat: 0.5 }
      const good = frames === 1 ? result : Array.from({ length: frames }, () => result)
      response.end(JSON.stringify(response.statusCode === 200 ? good : error))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function manifestOf(folder: string): Promise<RunManifest> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunManifest
}

test('a number of frames that the server refuses is left out, the others are measured, and --resume tries again', async () => {
  const limit = { most: 2 }
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    'embedded:tau=2ms,alpha=1ms': await serverThatTakes(limit),
    'batchSize: 2': 'batchSize: [1, 2, 4]',
    'mode: [server, client]': 'mode: client',
    'slo:': 'model: { name: known }\nthresholds: ["fps >= 1 where batchSize=4"]\nslo:',
  })
  const out = join(folder, 'run')
  const { code, stderr, stdout } = await framestormHere(['bench', scenario, '--out', out])
  expect(stdout).toMatch(/the point was left out +FAIL/)
  expect(stderr).toMatch(/to try them again: `.*bench --resume .*run`/)
  expect(stderr).toMatch(/point 3 left out: the server rejected the first request[^]*413[^]*remedy/)
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /Client batching 4, 8 frames in flight \(point 3\) was left out: the server rejected the first request \(.*413/,
  )
  expect(stdout).not.toContain('incomplete')
  expect([1, 4]).toContain(code)
  const manifest = await manifestOf(out)
  expect(manifest.status).toBe('complete')
  expect(new Set(manifest.measurements.map(({ point }) => point))).toEqual(new Set([1, 2]))
  expect(manifest.leftOut).toMatchObject([{ point: 3 }])
  const report = await readFile(join(out, 'report.html'), 'utf8')
  const inReport = [
    'Client batching 4, 8 frames in flight (point 3) was left out',
    '1 point left out',
    'point 3: client batching 4 (base64), 8 frames',
  ]
  // A failed comparison would print the whole page.
  expect(inReport.filter((text) => !report.includes(text))).toEqual([])
  expect(report.includes('<b>too</b>')).toBe(false)

  limit.most = 4
  const resumed = await framestormHere(['bench', '--resume', out, '--json'])
  expect(resumed.stdout).not.toContain('left out')
  const after = await manifestOf(out)
  expect(after.leftOut).toBeUndefined()
  expect(new Set(after.measurements.map(({ point }) => point))).toEqual(new Set([1, 2, 3]))
})

test('a model that the server does not have is left out with all its points', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    'embedded:tau=2ms,alpha=1ms': await serverThatTakes({ most: 9 }),
    'mode: [server, client]': 'mode: client',
    'slo:': 'model: { name: [known, unknown] }\nslo:',
  })
  const out = join(folder, 'run')
  const { code, stdout } = await framestormHere(['bench', scenario, '--out', out, '--json'])
  expect([1, 4]).toContain(code)
  const { verdict, leftOut } = JSON.parse(stdout) as { verdict: { caveats: string[] }; leftOut: object[] }
  expect(leftOut).toMatchObject([
    { settings: expect.stringContaining('model.name unknown'), message: 'the server has no model unknown' },
  ])
  expect(verdict.caveats.join('\n')).toMatch(/\(point \d\) was left out: the server has no model unknown/)
  expect((await manifestOf(out)).measurements).toHaveLength(1)
})

test('a run that can measure nothing ends with the first error and leaves no folder', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    'embedded:tau=2ms,alpha=1ms': await serverThatTakes({ most: 1 }),
    'mode: [server, client]': 'mode: client',
    'slo:': 'model: { name: known }\nslo:',
  })
  const out = join(folder, 'run')
  const { code, stderr } = await framestormHere(['bench', scenario, '--out', out])
  expect(code).toBe(3)
  expect(stderr).toContain('error: the server rejected the first request')
  expect(stderr).not.toContain('left out')
  await expect(readFile(join(out, 'run.json'))).rejects.toThrow('ENOENT')
})
