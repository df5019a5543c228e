import { basename, join, relative, resolve } from 'node:path'
import type { Argv } from 'yargs'
import { readCapacityFile } from '../../capacity/capacity-run.js'
import { sizeText } from '../../report/capacity/size-words.js'
import { writeSize } from '../../report/capacity/write-size.js'
import type { PhasedMeasurement } from '../../capacity/simulator/simulated-setting.js'
import { defaultHeadroom } from '../../capacity/size/size-question.js'
import { sizeRun } from '../../capacity/size/size-run.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { readMeasurement } from '../../run/read-measurement.js'
import { readManifest } from '../../run/run-folder.js'
import type { RunManifest } from '../../run/run-manifest.js'
import { parseDurationMs } from '../../scenario/grammar/parse-quantity.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import type { Command } from '../command.js'
import { printNotice, printResult } from '../command.js'

interface SizeFlags {
  run: string
  cameras: number
  fps: number
  slo: string
  percentile: number
  headroom: number
  price?: number
  link?: number
  out?: string
  json: boolean
}

export const sizeCommand: Command<SizeFlags> = {
  command: 'size <run>',
  describe: 'how many servers, how much network and cost for so many cameras, from a measured run',
  builder: (yargs: Argv) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'a run folder, best one of capacity',
      })
      .option('cameras', {
        type: 'number',
        requiresArg: true,
        demandOption: true,
        describe: 'cameras in all',
      })
      .option('fps', { type: 'number', requiresArg: true, demandOption: true, describe: 'of each camera' })
      .option('slo', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'time from capture to answer, such as 200ms or 1s',
      })
      .option('percentile', {
        type: 'number',
        requiresArg: true,
        default: 99,
        describe: 'of frames within it',
      })
      .option('headroom', {
        type: 'number',
        requiresArg: true,
        default: defaultHeadroom,
        describe: 'share of its capacity that a server is planned to carry',
      })
      .option('price', { type: 'number', requiresArg: true, describe: 'of one server a month' })
      .option('link', {
        type: 'number',
        requiresArg: true,
        describe: 'Mbit/s of one server’s network, each way',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'folder of the outputs (default: the run’s)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print the plan as JSON on stdout' }),

  async run({ run, cameras, fps, slo, percentile, headroom, price, link, out, json }) {
    const latencyMs = parseDurationMs(slo)
    if (latencyMs === undefined) {
      throw new UserError('--slo is not a time', { where: '--slo', expected: '200ms or 1s', received: slo })
    }
    const manifest = await readManifest(run)
    const capacity = await readCapacityFile(run)
    const plan = await sizeRun(
      {
        cameras,
        fps,
        slo: { latencyMs, percentile },
        headroom,
        ...(price !== undefined && { pricePerServerMonth: price }),
        ...(link !== undefined && { linkMbit: link }),
      },
      {
        name: basename(resolve(run)),
        server: serverLabel(manifest),
        seed: manifest.seed,
        measurements: measurementsOf(run, manifest),
        ...(capacity !== undefined && { capacity }),
      },
    )
    const folder = out ?? run
    await writeSize(plan, folder)
    printResult(json ? JSON.stringify(plan, null, 2) : sizeText(plan))
    printNotice(`report: ${relative(process.cwd(), join(resolve(folder), 'size.html'))}`)
    return ExitCode.pass
  },
}

async function* measurementsOf(folder: string, manifest: RunManifest): AsyncGenerator<PhasedMeasurement> {
  for (const record of manifest.measurements.filter(({ complete }) => complete)) {
    const planned = manifest.plan.order.find(
      ({ point, repetition }) => point === record.point && repetition === record.repetition,
    )
    yield { ...(await readMeasurement(folder, manifest, record)), phaseSeed: planned?.phaseSeed ?? 0 }
  }
}
