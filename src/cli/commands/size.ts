import { basename, join, relative, resolve } from 'node:path'
import type { Argv } from 'yargs'
import { readCapacityFile } from '../../capacity/capacity-run.js'
import { sizeText } from '../../report/capacity/size-words.js'
import { writeSize } from '../../report/capacity/write-size.js'
import type { PhasedMeasurement } from '../../capacity/simulator/fit-server.js'
import { sizeRun } from '../../capacity/size/size-run.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { readMeasurement } from '../../run/read-measurement.js'
import { readManifest } from '../../run/run-folder.js'
import type { RunManifest } from '../../run/manifest.js'
import { formatSetting } from '../../report/format/format.js'
import { parseShare } from '../../scenario/grammar/parse-quantity.js'
import { serverLabel } from '../../analysis/analyse-run.js'
import {
  printNotice,
  printResult,
  readDurationMs,
  readNumber,
  readShare,
  readWholeNumber,
  type Command,
} from '../command.js'
import { measuredScenario } from '../open-run.js'
import { spellCommands } from '../spell-commands.js'

interface SizeFlags {
  run: string
  cameras: string
  fps: string
  slo: string
  percentile: string
  maxUtilization: string
  /** A list if the flag is repeated. */
  headroom?: string | string[]
  price?: string
  link?: string
  out?: string
  json: boolean
}

export const sizeCommand: Command<SizeFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: 'Run folder, preferably from `framestorm capacity`',
      })
      .option('cameras', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Total cameras',
      })
      .option('fps', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Frames per second per camera',
      })
      .option('slo', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Frame latency limit, from capture to answer, such as 200ms or 1s',
      })
      .option('percentile', {
        type: 'string',
        requiresArg: true,
        default: '99',
        describe: 'Latency percentile that must be within --slo',
      })
      .option('max-utilization', {
        type: 'string',
        requiresArg: true,
        default: '0.8',
        describe: 'Largest share of its capacity to plan for each server, such as 0.8 or 80%',
      })
      .option('headroom', { type: 'string', hidden: true })
      .option('price', { type: 'string', requiresArg: true, describe: 'Price per server and month' })
      .option('link', {
        type: 'string',
        requiresArg: true,
        describe: 'Network bandwidth per server and direction, Mbit/s',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'Output folder (default: the run folder)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the plan as JSON on stdout' }),

  async run({ run, slo, out, json, ...flags }) {
    const cameras = readWholeNumber('--cameras', flags.cameras)
    const fps = readNumber('--fps', flags.fps)
    const percentile = readNumber('--percentile', flags.percentile, { to: 100 })
    refuseHeadroom(flags.headroom)
    const maxUtilization = readShare('--max-utilization', flags.maxUtilization)
    const price = readNumber('--price', flags.price)
    const link = readNumber('--link', flags.link)
    const latencyMs = readDurationMs('--slo', slo, '200ms or 1s')
    const manifest = await readManifest(run)
    const capacity = await readCapacityFile(run)
    const plan = await sizeRun(
      {
        cameras,
        fps,
        slo: { latencyMs, percentile },
        maxUtilization,
        pricePerServerMonth: price,
        linkMbit: link,
      },
      {
        name: basename(resolve(run)),
        server: serverLabel(manifest.measurements),
        scenario: await measuredScenario(manifest),
        seed: manifest.seed,
        measurements: measurementsOf(run, manifest),
        capacity,
        labelSetting: formatSetting,
      },
    )
    const folder = out ?? run
    await writeSize(plan, folder)
    const text = sizeText(plan, process.stdout.columns)
    printResult(json ? JSON.stringify(plan, null, 2) : spellCommands(text, process.env))
    printNotice(`report: ${relative(process.cwd(), join(resolve(folder), 'size.html'))}`)
    return ExitCode.pass
  },
}

/** It was renamed because `--headroom 0.2` planned for 20 % of the capacity, not for 80 %. */
function refuseHeadroom(flag: string | string[] | undefined): void {
  if (flag === undefined) return
  const given = [flag].flat().join(' ')
  const share = parseShare(given)
  const percent = share === undefined || share === 0 || share === 1 ? undefined : Math.round(100 * share)
  throw new UserError('--headroom is now --max-utilization', {
    where: '--headroom',
    expected: '--max-utilization, the largest share of its capacity to plan for each server',
    received: `--headroom ${given}`.trim(),
    remedy:
      percent === undefined
        ? 'Write --max-utilization 80% to plan for 80 % of the capacity.'
        : `To plan for ${percent} % of the capacity, as --headroom did, write --max-utilization ${percent}%. ` +
          `To keep ${percent} % in reserve, write --max-utilization ${100 - percent}%.`,
  })
}

async function* measurementsOf(folder: string, manifest: RunManifest): AsyncGenerator<PhasedMeasurement> {
  for (const record of manifest.measurements.filter(({ complete }) => complete)) {
    const planned = manifest.plan.order.find(
      ({ point, repetition }) => point === record.point && repetition === record.repetition,
    )
    yield { ...(await readMeasurement(folder, manifest, record)), phaseSeed: planned?.phaseSeed ?? 0 }
  }
}
