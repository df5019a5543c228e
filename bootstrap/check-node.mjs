// `npm run check:node`: the tests on every line of Node.js that package.json allows. The npm package `node` brings
// each version into npm's own cache; nothing is installed on the system. Arguments choose other tests.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, say } from './checkout.mjs'
import { install } from './install.mjs'
import { npmCommand } from './run-program.mjs'

const versions = ['20.19', '22', '24', '26']
/** Tests that depend on the platform: threads, sockets, processes, files, the installed package. */
const touching = ['load', 'frames', 'system', 'run', 'server/embedded', 'cli/installed-package']
const chosen = process.argv.slice(2)
const tests = chosen.length > 0 ? chosen : touching.map((folder) => `dist/src/${folder}`)

await install()
let failed = 0
for (const version of versions) {
  const node = fetchNode(version)
  const verdict = node === undefined ? 'could not be downloaded' : runTests(node)
  if (verdict !== 'pass') failed++
  process.stdout.write(`Node ${version}${node === undefined ? '' : ` (${node.version})`}: ${verdict}\n`)
}
process.exit(failed === 0 ? 0 : 1)

/** The path and the exact number of this version of Node.js in npm's cache. */
function fetchNode(version) {
  const print = 'JSON.stringify({ file: process.execPath, version: process.version })'
  const [npm, args] = npmCommand(['exec', '--yes', '--package', `node@${version}`, '--', 'node', '-p', print])
  const { status, stdout } = spawnSync(npm, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] })
  return status === 0 ? JSON.parse(stdout) : undefined
}

function runTests({ file, version }) {
  say(`check:node: ${version}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  // Node removes deprecated features in later versions, so a deprecation warning in our own code is a failure.
  const args = ['--throw-deprecation', vitest, 'run', '--reporter=dot', ...tests]
  const { status, signal } = spawnSync(file, args, { cwd: root, stdio: ['ignore', 2, 2] })
  return status === 0 ? 'pass' : `failed (${signal ?? status})`
}
