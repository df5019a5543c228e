import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { exampleRequests } from './frames/payload/example-requests.js'
import { loadScenario } from './scenario/load-scenario.js'
import { planScenario } from './scenario/plan/plan-scenario.js'
import type { Point } from './scenario/plan/plan.js'
import { packageRoot } from './system/package-root.js'

const page = readFileSync(join(packageRoot, 'docs/your-model.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'page-'))

/** The points of a part of a scenario, with the sections that it does not have. */
async function planPart(part: string): Promise<readonly Point[]> {
  const others = {
    video: { source: 'clip.mp4' },
    load: { kind: 'closed', framesInFlight: 8 },
    batching: { framesPerRequest: [1, 2], serverBatchSize: 1 },
  }
  const missing = Object.entries(others).filter(([section]) => !new RegExp(`^${section}:`, 'm').test(part))
  const file = join(folder, 'part.yaml')
  const added = missing.length === 0 ? '' : stringify(Object.fromEntries(missing))
  writeFileSync(file, `${part}\n${added}`)
  return planScenario(await loadScenario(file)).points
}

const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map((match) => match[1]!)
const codes = [...page.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!)
const modelFields = codes.filter((code) => /^(request|answer|sameAnswer|version): /.test(code))
const sections = codes.filter((code) => /^(server|model): /.test(code))

test('docs/your-model.md has scenarios and settings to copy', () => {
  expect(blocks.length).toBeGreaterThan(3)
  expect(modelFields.length).toBeGreaterThan(15)
  expect(sections.length).toBeGreaterThan(3)
})

test.each(blocks)('a scenario of docs/your-model.md can be measured:\n%s', async (block) => {
  expect(await planPart(block)).not.toEqual([])
})

test.each(modelFields)('the model of docs/your-model.md with %s can be measured', async (field) => {
  expect(await planPart(`model: { name: m, ${field} }`)).not.toEqual([])
})

test.each(sections)('docs/your-model.md: %s', async (section) => {
  expect(await planPart(section)).not.toEqual([])
})

const bodies = page.split('\n').flatMap((line) => {
  const [, body, field] =
    /^\| `([{[][^`]*…[^`]*)`[^|]*\| (?:`(request: [^`]*)`|nothing: the default)/.exec(line) ?? []
  return body === undefined ? [] : [{ body, field }]
})

test('docs/your-model.md has bodies to copy', () => {
  expect(bodies.length).toBeGreaterThan(9)
})

test.each(bodies)('docs/your-model.md: the body of two frames is $body', async ({ body, field }) => {
  const points = await planPart(`model: { name: m${field === undefined ? '' : `, ${field}`} }`)
  const [example] = exampleRequests(points.filter(({ batching }) => batching.encoding === 'base64'))
  expect(example!.body.replaceAll('<base64 JPEG>', '…')).toBe(body)
})
