import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/system/package-root.js'

/*
 * Writes our own TorchServe handler with more work in it: after each batch it continues to compute for a share of the
 * time that the batch took. A candidate for live gates that is slower by a known amount:
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
const work =
  `        until = time.monotonic_ns() + (time.monotonic_ns() - entry_ns) * ${Number(share)}\n` +
  '        while time.monotonic_ns() < until:\n            pass\n'
await writeFile(out, handler.replace(before, work + before))
