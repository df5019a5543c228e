import Table from 'cli-table3'
import { describeDuration } from './describe-duration.js'
import { describeLoad } from './describe-load.js'
import { differingSettings } from './differing-settings.js'
import type { LeftOut, Plan, Point } from './plan.js'

const width = 80
/** More cells than this under one reason are counted, not listed. */
const listedCells = 6

/** A plan as text of at most 80 columns: its points, their order, what is left out and why, the expected time. */
export function describePlan(plan: Plan, name: string): string {
  const { points, order, impossible, merged, seed } = plan
  const measurements = `${points.length} points, ${order.length} measurements`
  return [
    `${name}: ${measurements}, about ${describeDuration(plan.expectedS)}, seed ${seed}`,
    ...sharedSettings(points),
    '',
    pointsTable(points),
    '',
    'Order (point.repetition)',
    wrap(order.map(({ point, repetition }) => `${point}.${repetition}`).join(' '), { indent: 2 }),
    ...section('Left out, because they cannot be', impossible),
    ...section('Left out, because another point is the same', merged),
  ].join('\n')
}

function sharedSettings(points: readonly Point[]): string[] {
  const [first] = points
  if (first === undefined) return []
  const { video, server, model, measure } = first
  const extent = measure.passes === undefined ? `window ${measure.durationS} s` : `passes ${measure.passes}`
  const facts = {
    video: `${video.source}, ${video.width}x${video.height}`,
    server: server.kind === 'url' ? server.inferenceUrl : server.kind,
    model: `${model.name}, ${model.archive ?? `${model.weights} weights`}`,
    measure: `warm-up up to ${measure.warmupMaxS} s, ${extent}, deadline ${measure.deadlineMs} ms`,
  }
  const swept = new Set(differingSettings(points).map(({ path }) => path.split('.')[0]))
  return Object.entries(facts)
    .filter(([section]) => !swept.has(section))
    .map(([section, fact]) => wrap(`${section.padEnd(8)} ${fact}`, { indent: 2, hanging: 11 }))
}

/** Settings that have columns of their own. */
const shown = /^(id$|batching\.|load\.(kind|framesInFlight|cameras|fps|phases)$)/

const fixedWidths = [7, 8, 7, 9, 10, 11]
const lastWidth = width - fixedWidths.reduce((sum, column) => sum + column, 0)

function pointsTable(points: readonly Point[]): string {
  const others = differingSettings(points).filter(({ path }) => !shown.test(path))
  const head = ['point', 'mode', 'batch', 'K x B', 'delay ms', 'encoding', 'load']
  const rows = points.map(({ id, batching, load }, index) => [
    id,
    batching.mode,
    batching.batchSize,
    `${batching.framesPerRequest} x ${batching.serverBatchSize}`,
    batching.maxBatchDelayMs ?? '',
    batching.encoding,
    wrap(
      [
        describeLoad(load),
        ...others.flatMap(({ name, values }) =>
          values[index] === undefined ? [] : [`${name}=${values[index]}`],
        ),
      ].join(' '),
      { hanging: 2, columns: lastWidth - 2 },
    ),
  ])
  const table = new Table({
    head,
    colAligns: ['right', 'left', 'right', 'left', 'right', 'left', 'left'],
    colWidths: [...fixedWidths, lastWidth],
    chars: Object.fromEntries(borders.split(' ').map((border) => [border, ''])),
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1, compact: true },
  })
  table.push(...rows)
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const borders =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle'

function section(title: string, cells: readonly LeftOut[]): string[] {
  if (cells.length === 0) return []
  const reasons = [...new Set(cells.map(({ reason }) => reason))]
  return ['', `${title} (${cells.length})`, ...reasons.flatMap((reason) => reasonLines(reason, cells))]
}

function reasonLines(reason: string, cells: readonly LeftOut[]): string[] {
  const of = cells.filter((cell) => cell.reason === reason)
  const more = of.length - listedCells
  return [
    wrap(`${reason}:`, { indent: 2, hanging: 4 }),
    ...of
      .slice(0, listedCells)
      .map(({ cell, point }) =>
        wrap(point === undefined ? cell : `${cell} = point ${point}`, { indent: 4, hanging: 6 }),
      ),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ]
}

/**
 * Breaks a text between words, and within words that are longer than a line.
 *
 * @param indent spaces in front of the first line
 * @param hanging spaces in front of the others (default: as the first)
 */
function wrap(
  text: string,
  {
    indent = 0,
    hanging = indent,
    columns = 80,
  }: { indent?: number; hanging?: number; columns?: number } = {},
): string {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ' '.repeat(hanging)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
    for (; line.length > columns; line = ' '.repeat(hanging) + line.slice(columns))
      lines.push(line.slice(0, columns))
  }
  return [...lines, line].join('\n')
}
