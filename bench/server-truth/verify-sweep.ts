/*
 * Holds the batches of a saved run against its samples: every answered request stands in exactly one batch of the
 * server's log, and no batch names a request that nobody sent.
 *
 *   node dist/bench/server-truth/verify-sweep.js <run folder>
 */
import { serverLabel } from '../../src/analysis/analyse-run.js'
import Table from 'cli-table3'
import { formatBatching, formatLoad } from '../../src/report/format/format.js'
import { pathInRun, readManifest } from '../../src/run/run-folder.js'
import { readSamples } from '../../src/run/read-samples.js'
import { readServerBatches } from '../../src/run/read-server-batches.js'
import { countMatches, holds } from './count-matches.js'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: verify-sweep <run folder>')
const manifest = await readManifest(folder)
const table = new Table({
  head: [
    'point',
    'repetition',
    'what',
    'answered',
    'batches',
    'in one batch',
    'in several',
    'in none',
    'orphans of the log',
    'given up on',
  ],
  style: { head: [], border: [] },
})
const failed: string[] = []
for (const record of manifest.measurements) {
  const point = manifest.plan.points.find(({ id }) => id === record.point)
  if (point === undefined) throw new Error(`point ${record.point} is not planned`)
  const name = `${formatBatching(point)}, ${formatLoad(point.load)}`
  if (record.batchLogFile === undefined) {
    table.push([record.point, record.repetition, name, 'no log', '', '', '', '', '', ''])
    failed.push(`${record.point}/${record.repetition}`)
    continue
  }
  const { requests } = await readSamples(pathInRun(folder, record.sampleFile))
  const found = countMatches(requests, [...readServerBatches(pathInRun(folder, record.batchLogFile))])
  if (!holds(found)) failed.push(`${record.point}/${record.repetition}`)
  const { answered, batches, inOne, inSeveral, inNone, orphans, givenUp } = found
  table.push([
    record.point,
    record.repetition,
    name,
    answered,
    batches,
    inOne,
    inSeveral,
    inNone,
    orphans,
    givenUp,
  ])
}
process.stdout.write(`${table.toString()}\n`)
process.stdout.write(
  failed.length === 0
    ? `${serverLabel(manifest.measurements)}: every answered request stands in exactly one batch, and every batch was asked for.\n`
    : `${serverLabel(manifest.measurements)}: does not hold for ${failed.join(', ')} (point/repetition).\n`,
)
process.exitCode = failed.length === 0 ? 0 : 1
