import Table from 'cli-table3'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { messageOf } from '../../src/system/user-error.js'
import { batchingCases } from './batching-cases.js'
import type { Case } from './case.js'
import { startEmbeddedTarget } from './embedded-target.js'
import { failureCases } from './failure-cases.js'
import { grpcCases } from './grpc-cases.js'
import { inferenceCases } from './inference-cases.js'
import { joinedQueueCases } from './joined-queue-cases.js'
import { managementCases } from './management-cases.js'
import { metricsCases } from './metrics-cases.js'
import { openInferenceCases } from './open-inference-cases.js'
import type { Target } from './target.js'
import { tokenCases } from './token-cases.js'
import { startTorchServeTarget } from './torchserve-target.js'

const { server, only } = await yargs(hideBin(process.argv))
  .usage('$0 --server torchserve|embedded: check that a server behaves like TorchServe 0.12')
  .option('server', { choices: ['torchserve', 'embedded'] as const, demandOption: true })
  .option('only', { type: 'string', describe: 'run only the cases whose name contains this text' })
  .strict()
  .parseAsync()

interface Result {
  name: string
  detail: string
  failed: boolean
}

async function check(target: Target, one: Case): Promise<Result> {
  try {
    return { name: one.name, detail: (await one.check(target)) ?? '', failed: false }
  } catch (error) {
    return { name: one.name, detail: messageOf(error), failed: true }
  }
}

const all = [
  inferenceCases,
  managementCases,
  metricsCases,
  tokenCases,
  grpcCases,
  batchingCases,
  failureCases,
  joinedQueueCases,
  openInferenceCases,
].flat()
const cases = all.filter(({ name }) => name.includes(only ?? ''))
const target = await (server === 'torchserve' ? startTorchServeTarget() : startEmbeddedTarget())
const table = new Table({
  head: ['', 'case', 'measured'],
  colWidths: [6, 64, 46],
  wordWrap: true,
  // Without colours: the output is kept in logs and result pages.
  style: { head: [], border: [] },
})
let failed = 0
try {
  for (const one of cases) {
    const result = await check(target, one)
    if (result.failed) failed++
    process.stderr.write(`${result.failed ? 'FAIL' : 'ok  '} ${result.name}\n`)
    table.push([result.failed ? 'FAIL' : 'ok', result.name, result.detail])
  }
} finally {
  await target.stop()
}
process.stdout.write(
  `${target.label}\n${table.toString()}\n${cases.length - failed} passed, ${failed} failed\n`,
)
process.exitCode = failed === 0 ? 0 : 1
