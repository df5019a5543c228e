import { plural } from '../system/plural.js'
import { formatDuration, formatLoad, formatSentAs } from './format/format.js'
import { tableOfItems, type ItemColumn, type Table } from './table/table.js'
import { renderTerminalTable, wrapText } from './table/terminal-table.js'
import { confirmingS } from '../scenario/plan/expected-time.js'
import { differingSettings } from '../scenario/plan/differing-settings.js'
import type { ExampleRequest } from '../frames/payload/example-requests.js'
import { allPoints, type LeftOut, type Plan, type PlannedPoint } from '../scenario/plan/plan.js'
import { formatSize } from '../scenario/schema/video.js'

const width = 80
/** Further cells with the same reason are counted, not listed. */
const listedCells = 6

/** A plan as text of at most 80 columns: its points, their order, what is skipped and why, the expected time. */
export function describePlan(plan: Plan, name: string): string {
  const { order, impossible, merged, seed } = plan
  const points = allPoints(plan)
  const extraS = confirmingS(plan)
  const measurements = `${plural(points.length, 'point')}, ${plural(order.length, 'measurement')}`
  return [
    `${name}: ${measurements}, ${expectedTime(plan, extraS)}, seed ${seed}`,
    ...sharedSettings(points),
    '',
    renderTerminalTable(pointsTable(points)),
    '',
    'Order (point.repetition)',
    wrap(order.map(({ point, repetition }) => `${point}.${repetition}`).join(' '), { indent: 2 }),
    ...(plan.race === undefined ? [] : [wrap(raceText(plan.race.budgetS), { indent: 2 })]),
    ...(extraS === 0 ? [] : [wrap(confirmingText(extraS), { indent: 2 })]),
    ...section('Skipped: impossible combinations', impossible),
    ...section('Skipped: identical to another point', merged),
  ].join('\n')
}

/** `about 5 min`; for a race `3 min to 5 min`. */
function expectedTime({ expectedS, race }: Plan, extraS: number): string {
  const least = formatDuration(expectedS + extraS)
  const most = formatDuration(Math.max(race?.budgetS ?? 0, expectedS + extraS))
  return least === most ? `about ${least}` : `${least} to ${most}`
}

function raceText(budgetS: number): string {
  return (
    'then blocks that measure each setting in contention once under closed load, in random order. They end when no setting ' +
    `may carry more than the best by over 5 %, or when the budget of ${formatDuration(budgetS)} is spent.`
  )
}

function confirmingText(seconds: number): string {
  return (
    `then one confirming run for the recommended setting, about ${formatDuration(seconds)}: as many cameras as it is ` +
    'predicted to carry. A second one with fewer cameras follows if it does not hold.'
  )
}

/** Example requests as text. A body is not wrapped, so that it can be copied. */
export function describeRequests(requests: readonly ExampleRequest[]): string {
  return requests
    .map(({ point, framesPerRequest, contentType, body }) =>
      [
        '',
        `Request of point ${point}: ${plural(framesPerRequest, 'frame')}, ${contentType}`,
        ...body
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`.trimEnd()),
      ].join('\n'),
    )
    .join('\n')
}

function sharedSettings(points: readonly PlannedPoint[]): string[] {
  const [first] = points
  if (first === undefined) return []
  const { video, server, model, measure } = first
  const extent = measure.passes === undefined ? `window ${measure.durationS} s` : `passes ${measure.passes}`
  const facts = {
    video: `${video.source}, ${formatSize(video)}`,
    server: server.kind === 'url' ? server.inferenceUrl : server.kind,
    model: `${model.name}${model.version === undefined ? '' : ` ${model.version}`}, ${model.archive ?? `${model.weights} weights`}`,
    measure: `warm-up up to ${measure.warmupMaxS} s, ${extent}, deadline ${measure.deadlineMs} ms`,
  }
  const swept = new Set(differingSettings(points).map(({ path }) => path.split('.')[0]))
  return Object.entries(facts)
    .filter(([section]) => !swept.has(section))
    .map(([section, fact]) => wrap(`${section.padEnd(8)} ${fact}`, { indent: 2, hanging: 11 }))
}

/** Settings that have a column. */
const shown = /^(id$|batching\.|load\.(kind|framesInFlight|cameras|ofCeiling|fps|phases)$)/

/** Room for the last column beside the others. */
const loadWidth = 25

function pointsTable(points: readonly PlannedPoint[]): Table {
  const others = differingSettings(points).filter(({ path }) => !shown.test(path))
  const columns: ItemColumn<PlannedPoint>[] = [
    { header: 'point', align: 'right', cell: ({ id }) => String(id) },
    { header: 'mode', align: 'left', cell: ({ batching }) => batching.mode },
    { header: 'batch', align: 'right', cell: ({ batching }) => String(batching.batchSize) },
    {
      header: 'K x B',
      align: 'left',
      cell: ({ batching }) => `${batching.framesPerRequest} x ${batching.serverBatchSize}`,
    },
    { header: 'delay ms', align: 'right', cell: ({ batching }) => String(batching.maxBatchDelayMs ?? '') },
    { header: 'encoding', align: 'left', cell: ({ batching }) => formatSentAs(batching) },
    {
      header: 'load',
      align: 'left',
      cell: (point) => {
        const settings = others.flatMap(({ name, values }) => {
          const value = values[points.indexOf(point)]
          return value === undefined ? [] : [`${name}=${value}`]
        })
        return wrapText([formatLoad(point.load), ...settings].join(' '), { hanging: 2, columns: loadWidth })
      },
    },
  ]
  return tableOfItems('Points', columns, points)
}

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

function wrap(text: string, indents: { indent: number; hanging?: number }): string {
  return wrapText(text, { columns: width, ...indents })
}
