import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../src/system/package-root.js'
import { isWithinLimit, measureStructure } from './measure-structure.js'
import { readSourceFiles } from './source-file.js'

test('src keeps every limit of npm run structure: rooms, circles, sizes, one home for each noun', () => {
  const missed = measureStructure(readSourceFiles(join(packageRoot, 'src')))
    .filter((measure) => !isWithinLimit(measure))
    .map(({ name, value, details }) => ({ name, value, details }))
  expect(missed).toEqual([])
})
