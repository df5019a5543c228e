import { compareSites, siteLatency, type SiteComparison } from '../analysis/compare-sites.js'
import { errorRate } from '../analysis/frame-counts.js'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import { isToldApart, type NetworkShare } from '../analysis/network-share.js'
import { groupBy } from '../analysis/point-identity.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { percentileNames } from '../scenario/grammar/metric.js'
import {
  formatFps,
  formatList,
  formatLoadShort,
  formatMs,
  formatPercent,
  formatRatio,
} from './format/format.js'
import { formatPoints } from './format/findings.js'
import { formatId } from './results-columns.js'
import { cellText, tableOfItems, type ItemColumn, type Table } from './table/table.js'

type Sites = Pick<RunAnalysis, 'points' | 'confirming'>

interface SiteRow {
  site: PointSummary
  comparison: SiteComparison
}

/** With agents: one row per point and site, the slowest site of a point first. Undefined if one process sent the load. */
export function sitesTable(analysis: Sites): Table | undefined {
  return tableOfColumns(analysis, [...firstColumns, ...figureColumns, ...networkColumns, ...lastColumns])
}

/** The same in 80 columns: of the percentiles the median and the deepest, at which the sites are compared. */
export function narrowSitesTable(analysis: Sites): Table | undefined {
  const deepest = percentileNames.findLast((name) =>
    rowsOf(analysis).some(({ site }) => siteLatency(site)?.[name] !== undefined),
  )
  const narrow = new Set<string | undefined>(['point', 'site', 'FPS', 'p50', deepest, 'network', 'validity'])
  const columns = [...firstColumns, ...figureColumns, ...networkColumns, ...lastColumns]
  return tableOfColumns(
    analysis,
    columns.filter(({ header }) => narrow.has(header)),
  )
}

/** Which site is the slowest, where, by how much, and how much of its latency is the network. */
export function sitesSentences(analysis: Sites): string[] {
  const compared = pointsWithSites(analysis)
  const differing = compared.filter(({ comparison }) => comparison.differ)
  const bySlowest = groupBy(differing, ({ comparison }) => comparison.sites[0]!.agent?.site)
  const idsOf = (some: typeof compared) => formatPoints(some.map(({ point }) => point.point.id))
  const others = compared.filter(
    ({ comparison }) => !comparison.differ && comparison.percentile !== undefined,
  )
  const tooFew = compared.filter(({ comparison }) => comparison.percentile === undefined)
  return [
    ...[...bySlowest].map(([site, some]) => describeSlowest(site ?? '', some, idsOf(some))),
    ...(others.length === 0 ? [] : [`At ${idsOf(others)} no site is significantly slower than another.`]),
    ...(tooFew.length === 0
      ? []
      : [`At ${idsOf(tooFew)} too few requests were answered to compare the sites.`]),
  ]
}

/** How the network is told apart from the server; undefined if it is not. */
export function networkLegend(analysis: Sites): string | undefined {
  const networks = rowsOf(analysis).flatMap(({ site }) => site.network ?? [])
  const bases = new Set(networks.map(({ basis }) => basis))
  if (bases.size === 0) return undefined
  const server = [
    ...(bases.has('log')
      ? ['from the queue to the end of the handler, as its log says of these requests']
      : []),
    ...(bases.has('counters') ? ['as its metrics count it over the requests of all sites'] : []),
  ].join('; or ')
  return (
    `Server: mean time at the server, ${server}. Network: mean request latency less that, with the server's own sending and ` +
    'receiving. Both are durations on one clock; no time of one machine is compared with one of another. ' +
    (networks.some(({ range }) => range !== undefined) ? 'In brackets: the range of the repetitions. ' : '') +
    'Empty: unknown, or too small to be told.'
  )
}

function tableOfColumns(analysis: Sites, columns: readonly ItemColumn<SiteRow>[]): Table | undefined {
  const rows = rowsOf(analysis)
  if (rows.length === 0) return undefined
  const isFailing = rows.some(({ site }) => errorRate(site.counts) !== 0)
  const used = columns
    .filter((column) => isFailing || column !== failedColumn)
    .filter(({ cell }) => rows.some((row) => cellText(cell(row)) !== ''))
  return tableOfItems('Results by site', used, rows)
}

interface ComparedPoint {
  point: PointSummary
  comparison: SiteComparison
}

function pointsWithSites({ points, confirming }: Sites): ComparedPoint[] {
  return [...points, ...confirming.map(({ summary }) => summary)].flatMap((point) => {
    const comparison = compareSites(point)
    return comparison === undefined ? [] : [{ point, comparison }]
  })
}

function rowsOf(analysis: Sites): SiteRow[] {
  return pointsWithSites(analysis).flatMap(({ comparison }) =>
    comparison.sites.map((site) => ({ site, comparison })),
  )
}

const firstColumns: ItemColumn<SiteRow>[] = [
  { header: 'point', meaning: 'as in points.csv', align: 'right', cell: ({ site }) => formatId(site.point) },
  {
    header: 'site',
    meaning: 'name of the agent; the slowest of a point first',
    align: 'left',
    cell: ({ site, comparison }) => {
      const text = site.agent?.site ?? ''
      return comparison.differ && site === comparison.sites[0] ? { text, look: 'strong' } : text
    },
  },
  {
    header: 'labels',
    meaning: 'labels of the agent',
    align: 'left',
    cell: ({ site }) =>
      Object.entries(site.agent?.labels ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
  },
  {
    header: 'load',
    meaning: 'part of the load that the site sent',
    align: 'left',
    cell: ({ site }) => formatLoadShort(site.point.load),
  },
]

/** Left out if nothing failed. */
const failedColumn: ItemColumn<SiteRow> = {
  header: 'failed',
  meaning: 'share of the scheduled frames that failed',
  align: 'right',
  cell: ({ site }) => formatPercent(errorRate(site.counts)),
}

const figureColumns: ItemColumn<SiteRow>[] = [
  {
    header: 'FPS',
    meaning: 'frames of the site answered per second: median of the repetitions',
    align: 'right',
    cell: ({ site }) => formatFps(site.fps?.median),
  },
  ...percentileNames.map((name): ItemColumn<SiteRow> => ({
    header: name,
    meaning: `${name} of frame latency (camera load) or request latency (closed load), ms`,
    align: 'right',
    cell: ({ site }) => formatMs(siteLatency(site)?.[name]?.value),
  })),
  failedColumn,
  {
    header: 'in SLO',
    meaning: 'share of the scheduled frames that were answered correctly within the SLO',
    align: 'right',
    cell: ({ site }) => formatPercent(site.sloAttainment?.median),
  },
]

const networkColumns: ItemColumn<SiteRow>[] = [
  {
    header: 'server',
    meaning: 'mean time at the server, ms',
    align: 'right',
    cell: ({ site: { network } }) => (isToldApart(network) ? formatMs(network.serverMeanMs) : ''),
  },
  {
    header: 'network',
    meaning: 'mean request latency less the mean time at the server, ms, and its range over the repetitions',
    align: 'right',
    cell: ({ site: { network } }) => (isToldApart(network) ? formatNetwork(network) : ''),
  },
  {
    header: 'share',
    meaning: 'share of the network in the mean request latency',
    align: 'right',
    cell: ({ site: { network } }) =>
      isToldApart(network) ? formatPercent(network.networkMeanMs / network.requestMeanMs) : '',
  },
]

const lastColumns: ItemColumn<SiteRow>[] = [
  {
    header: 'start skew',
    meaning: 'when the agent began, less the agreed instant, ms: the largest of the repetitions',
    align: 'right',
    cell: ({ site: { agent } }) => (agent?.startSkewMs === undefined ? '' : formatSigned(agent.startSkewMs)),
  },
  {
    header: 'clock error',
    meaning: 'largest error of the relation between the clocks of the agent and of the coordinator, ms',
    align: 'right',
    cell: ({ site }) => formatMs(site.agent?.clockErrorMs),
  },
  {
    header: 'validity',
    meaning: 'whether what the agent measured can be trusted',
    align: 'left',
    cell: ({ site: { validity } }) => ({ text: validity, look: validity === 'VALID' ? 'good' : 'bad' }),
  },
]

/** `119`, `3.35 (−11.3 to 16.0)`; a range smaller than the digits shown is left out. */
function formatNetwork({ networkMeanMs, range }: NetworkShare): string {
  const mean = formatMs(networkMeanMs)
  if (range === undefined) return mean
  const [low, high] = [formatSigned(range.low), formatSigned(range.high)]
  return low === high ? mean : `${mean} (${low} to ${high})`
}

function formatSigned(ms: number): string {
  return ms < 0 ? `−${formatMs(-ms)}` : formatMs(ms)
}

function describeSlowest(name: string, points: readonly ComparedPoint[], where: string): string {
  const ratios = points.map(({ comparison }) => latencyMs(comparison, 0) / latencyMs(comparison, -1))
  const percentiles = [...new Set(points.map(({ comparison }) => comparison.percentile ?? ''))]
  const kinds = new Set(points.map(({ point }) => point.point.load.kind))
  const words = [...kinds].map((kind) => (kind === 'cameras' ? 'frame latency' : 'request latency'))
  const network = points.flatMap(({ comparison }) => comparison.sites[0]!.network ?? [])
  return (
    `${name} is the slowest site at ${where}: its ${formatList(percentiles)} of ${formatList(words)} is ` +
    `${formatSpan(ratios, formatRatio)} that of the fastest site.` +
    (network.length === 0
      ? ''
      : ` The network takes ${formatSpan(
          network.map(({ networkMeanMs }) => networkMeanMs),
          formatMs,
        )} ms of its mean request latency of ${formatSpan(
          network.map(({ requestMeanMs }) => requestMeanMs),
          formatMs,
        )} ms.`)
  )
}

function latencyMs({ percentile, sites }: SiteComparison, place: number): number {
  return (percentile && siteLatency(sites.at(place)!)?.[percentile]?.value) ?? Number.NaN
}

/** `1.30×`, `1.30× to 2.17×` */
function formatSpan(values: readonly number[], format: (value: number) => string): string {
  const [low, high] = [format(Math.min(...values)), format(Math.max(...values))]
  return low === high ? low : `${low} to ${high}`
}
