import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/system/package-root.js'

/*
 * Writes our own TorchServe handler with more work in it: after each batch it continues to compute for a share of the
 * whole service time of the batch. That is the time in the handler, and what the worker and TorchServe spend between two
 * batches while requests wait (5.7 ms beside 126 ms for 4 frames of ResNet-18 on two cores). A candidate for live gates
 * that is slower by a known amount:
 *
 *   node dist/bench/gate/make-slower-handler.js 0.2 slower.py
 */
const [share, out] = process.argv.slice(2)
if (share === undefined || !(Number(share) > 0) || out === undefined) {
  process.stderr.write(
    'usage: node dist/bench/gate/make-slower-handler.js SHARE FILE, such as 0.2 slower.py\n',
  )
  process.exit(2)
}

const handler = await readFile(join(packageRoot, 'fixtures/model/handler.py'), 'utf8')
const before = '        facts = {\n            "entryNs"'
if (handler.split(before).length !== 2) throw new Error('the handler no longer has the place for more work')
/** A longer time between two batches is a wait for requests, not work. */
const longestGapNs = 20_000_000
const work = [
  'last_ns = getattr(self, "last_ns", 0)',
  `start_ns = last_ns if entry_ns - last_ns < ${longestGapNs} else entry_ns`,
  `until = time.monotonic_ns() + (time.monotonic_ns() - start_ns) * ${Number(share)}`,
  'while time.monotonic_ns() < until:',
  '    pass',
  'self.last_ns = time.monotonic_ns()',
]
  .map((line) => `${' '.repeat(8)}${line}\n`)
  .join('')
await writeFile(out, handler.replace(before, work + before))
