import * as fc from 'fast-check'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { packageRoot } from '../../system/package-root.js'
import { loadScenario } from '../load-scenario.js'
import { planScenario } from './plan-scenario.js'

const inserted = fc.constantFrom(
  ...[
    '',
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '\n',
    '  ',
    '\t',
    '&a ',
    '*a',
    '!!x ',
    '"',
    "'",
    '<<: ',
    '--- ',
    '? ',
  ].concat([
    '\u0000',
    'null',
    '-1',
    '1e999',
    '.nan',
    '[[1]]',
    '{}',
    '[]',
    'points: [{}]\n',
    '__proto__: ',
    'batchSize: 8, ',
  ]),
)

const damage = fc.array(fc.record({ at: fc.nat(1500), removed: fc.nat(12), inserted }), {
  minLength: 1,
  maxLength: 4,
})

test('any damage to a scenario file gives a plan or an error for the user', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'damaged-'))
  const path = join(folder, 'damaged.yaml')
  const whole = await readFile(join(packageRoot, 'scenarios', 'batch-sweep.yaml'), 'utf8')
  try {
    await fc.assert(
      fc.asyncProperty(damage, async (edits) => {
        const text = edits.reduce(
          (before, edit) => before.slice(0, edit.at) + edit.inserted + before.slice(edit.at + edit.removed),
          whole,
        )
        await writeFile(path, text)
        expect(['planned', 'refused']).toContain(await answerTo(path))
      }),
      { numRuns: 300 },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function answerTo(path: string): Promise<string> {
  try {
    planScenario(await loadScenario(path))
    return 'planned'
  } catch (error) {
    if (error instanceof UserError) return 'refused'
    throw error
  }
}
