import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../src/system/package-root.js'
import { columnFiles, withColumnTables } from './column-tables.js'

const page = readFileSync(join(packageRoot, 'docs/columns.md'), 'utf8')

test('docs/columns.md describes each column of each CSV file, in their order', () => {
  expect(withColumnTables(page)).toBe(page)
  for (const file of columnFiles) expect(page).toContain(`<!-- columns: ${file} -->`)
})
