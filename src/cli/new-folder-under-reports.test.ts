import { relative } from 'node:path'
import { expect, test } from 'vitest'
import { newFolderUnderReports } from './new-folder-under-reports.js'

const noon = new Date('2026-11-24T12:00:00.123Z')

test.each([
  ['batch-sweep', 'reports/batch-sweep-2026-11-24T12-00-00Z'],
  ['../../etc/passwd', 'reports/etc-passwd-2026-11-24T12-00-00Z'],
  ['<script> & "x"', 'reports/script-x--2026-11-24T12-00-00Z'],
  ['…', 'reports/run-2026-11-24T12-00-00Z'],
])('a scenario called %j is kept in %s', (name, folder) => {
  expect(relative(process.cwd(), newFolderUnderReports(name, noon))).toBe(folder)
})
