// `KEEP_TEST_FOLDERS=1 npm test -- PATH` loads this: keeps the temporary folders of tests and prints their paths. The
// run folder of a failing test can then be inspected, or reported with `npm run framestorm`.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'

const { rm } = fs.promises
const { rmSync } = fs
fs.promises.rm = async (path, options) => isKept(path, options) || rm(path, options)
fs.rmSync = (path, options) => isKept(path, options) || rmSync(path, options)
syncBuiltinESMExports()

function isKept(path, options) {
  const isTestFolder = options?.recursive === true && dirname(resolve(String(path))) === resolve(tmpdir())
  if (isTestFolder) process.stderr.write(`kept: ${path}\n`)
  return isTestFolder
}
