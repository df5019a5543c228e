import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError, formatUserError } from '../../src/system/user-error.js'
import { definition, definitionNames } from './field-tables.js'
import { isMapping } from '../../src/scenario/text/located-data.js'
import { scenarioJsonSchema } from './scenario-json-schema.js'
import { loadScenario } from '../../src/scenario/load-scenario.js'

const text = `
video: { source: clip.mp4 }
server: [{ kind: torchserve }, { kind: embedded }, { kind: url, inferenceUrl: http://h }, { kind: auto }]
batching: { mode: server, batchSize: 4 }
load: [{ kind: closed }, { kind: cameras, cameras: 2, fps: 5 }]
slo: { latencyMs: 1000 }
points: [{}]
`

/** Where the mappings of the schema stand in the scenario above. */
const places: Record<string, string> = {
  scenario: '',
  video: 'video.',
  torchserveServer: 'server.0.',
  embeddedServer: 'server.1.',
  urlServer: 'server.2.',
  autoServer: 'server.3.',
  model: 'model.',
  request: 'model.request.',
  answer: 'model.answer.',
  sameAnswer: 'model.sameAnswer.',
  batching: 'batching.',
  closedLoad: 'load.0.',
  cameraLoad: 'load.1.',
  queue: 'load.1.queue.',
  measure: 'measure.',
  slo: 'slo.',
  output: 'output.',
  point: 'points.0.',
  videoOverlay: 'points.0.video.',
  sloOverlay: 'points.0.slo.',
}

const schema = scenarioJsonSchema()
const fields = definitionNames(schema).flatMap((name) => {
  const { properties } = definition(schema, name)
  return Object.keys(isMapping(properties) ? properties : {}).map(
    (field) => `${places[name] ?? name}${field}`,
  )
})

let folder = ''
let file = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'set-'))
  file = join(folder, 'scenario.yaml')
  await writeFile(file, text)
})

afterAll(() => rm(folder, { recursive: true }))

// No field takes a list of lists, so a flag that reaches its field is refused, and the refusal names the flag.
test.each(fields)('--set reaches %s', async (field) => {
  const error: unknown = await loadScenario(file, { set: [`${field}=[[[]]]`] }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(UserError)
  expect(error instanceof UserError && formatUserError(error)).toContain(`--set ${field}\n`)
})
