import { isToldApart } from '../../analysis/network-share.js'
import { compareSites, siteLatency } from '../../analysis/compare-sites.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { percentileNames } from '../../scenario/grammar/metric.js'
import { formatMs, formatPercentile, formatPoint } from '../format/format.js'
import { sampleSizes, type AbsentFigure, type Figure } from './figure.js'
import { bestPoints, latencyWord } from './series.js'

const looks = {
  p50: { symbol: 'circle', color: '#0072b2' },
  p95: { symbol: 'square', color: '#e69f00' },
  p99: { symbol: 'diamond', color: '#d55e00' },
} as const

/** Percentiles of each site at the point of the answer, the slowest site at the top. Undefined without sites. */
export function latencyBySite(analysis: RunAnalysis): Figure | undefined {
  const shown = shownPoint(analysis)
  if (shown === undefined) return undefined
  const { point, sites } = shown
  const names = sites.map(siteName)
  const word = latencyWord(point.point.load.kind)
  return {
    id: 'latency-by-site',
    title: 'Which site is slower?',
    caption:
      `Percentiles of ${word} by site with their 95 % intervals, ${formatPoint(point.point)}, repetitions pooled; the slowest site ` +
      `first. ${sampleSizes(sites)}`,
    traces: percentileNames.map((name) => {
      const known = sites.flatMap((site) => {
        const percentile = siteLatency(site)?.[name]
        return percentile === undefined ? [] : [{ site: siteName(site), percentile }]
      })
      return {
        type: 'scatter',
        mode: 'markers',
        name,
        y: known.map(({ site }) => site),
        x: known.map(({ percentile }) => percentile.value),
        text: known.map(({ percentile }) => `${name} ${formatPercentile(percentile)} ms`),
        hovertemplate: '%{y}: %{text}<extra></extra>',
        marker: { size: 11, ...looks[name] },
        error_x: {
          type: 'data',
          symmetric: false,
          array: known.map(({ percentile }) => percentile.high - percentile.value),
          arrayminus: known.map(({ percentile }) => percentile.value - percentile.low),
          thickness: 1.5,
          width: 5,
        },
      }
    }),
    layout: {
      height: 170 + 52 * sites.length,
      xaxis: { title: { text: `${word} (ms)` }, rangemode: 'tozero', zeroline: false },
      yaxis: { autorange: 'reversed', type: 'category', categoryorder: 'array', categoryarray: names },
    },
    table: {
      columns: ['site', ...percentileNames.map((name) => `${name} (ms)`), 'N'],
      rows: sites.map((site) => [
        siteName(site),
        ...percentileNames.map((name) => formatPercentile(siteLatency(site)?.[name])),
        String(site.requestLatency.samples),
      ]),
    },
  }
}

const parts = [
  { name: 'server', of: 'serverMeanMs', color: '#cc79a7', shape: '' },
  { name: 'network', of: 'networkMeanMs', color: '#56b4e9', shape: '/' },
] as const

/** The mean request latency of each site in two parts. Undefined without sites. */
export function networkBySite(analysis: RunAnalysis): Figure | AbsentFigure | undefined {
  const shown = shownPoint(analysis)
  if (shown === undefined) return undefined
  const [id, title] = ['network-by-site', 'Is it the network or the server?']
  const sites = shown.sites.filter(({ network }) => isToldApart(network))
  if (sites.length === 0)
    return {
      id,
      title,
      reason: "Requires the server's metrics (`metricsUrl`), or its log with the times of its queue.",
    }
  const names = sites.map(siteName)
  const hasRange = sites.every(({ network }) => network?.range !== undefined)
  const byLog = sites.some(({ network }) => network?.basis === 'log')
  return {
    id,
    title,
    caption:
      `Mean request latency by site, ${formatPoint(shown.point.point)}. Server: ` +
      (byLog
        ? 'from the queue to the end of the handler, as its log says of the requests of each site. '
        : 'as its metrics count it, over the requests of all sites together. ') +
      'Network: the rest, with the sending and receiving of the server. Each is a duration on one clock. ' +
      (hasRange ? 'Whiskers: the range of the repetitions. ' : '') +
      (sites.length < shown.sites.length ? 'Absent: sites whose network is too small to be told. ' : '') +
      sampleSizes(sites),
    traces: parts.map(({ name, of, color, shape }) => ({
      type: 'bar',
      orientation: 'h',
      name,
      y: names,
      x: sites.map(({ network }) => network?.[of] ?? 0),
      text: sites.map(({ network }) => `${formatMs(network?.[of])} ms`),
      textposition: 'none',
      hovertemplate: `%{y}, ${name}: %{text}<extra></extra>`,
      ...(name === 'network' &&
        hasRange && {
          error_x: {
            type: 'data',
            symmetric: false,
            array: sites.map(({ network }) => (network?.range?.high ?? 0) - (network?.networkMeanMs ?? 0)),
            arrayminus: sites.map(
              ({ network }) => (network?.networkMeanMs ?? 0) - (network?.range?.low ?? 0),
            ),
            thickness: 1.5,
            width: 5,
          },
        }),
      marker: {
        color,
        pattern: { shape, solidity: 0.2, fillmode: 'overlay', fgcolor: '#ffffff', bgcolor: color },
      },
    })),
    layout: {
      height: 170 + 52 * sites.length,
      barmode: 'stack',
      legend: { traceorder: 'normal' },
      xaxis: { title: { text: 'mean request latency (ms)' }, rangemode: 'tozero', zeroline: false },
      yaxis: { autorange: 'reversed', type: 'category' },
    },
    table: {
      columns: ['site', 'server (ms)', 'network (ms)', 'request latency, mean (ms)', 'basis'],
      rows: sites.map((site) => [
        siteName(site),
        formatMs(site.network?.serverMeanMs),
        formatMs(site.network?.networkMeanMs),
        formatMs(site.network?.requestMeanMs),
        site.network?.basis ?? '',
      ]),
    },
  }
}

/** The first point of the answer that has sites, else the first one that has. */
function shownPoint(analysis: RunAnalysis): { point: PointSummary; sites: PointSummary[] } | undefined {
  const point = [...bestPoints(analysis), ...analysis.points].find(({ sites }) => sites !== undefined)
  const comparison = point && compareSites(point)
  return comparison && { point, sites: comparison.sites }
}

function siteName({ agent }: PointSummary): string {
  return agent?.site ?? ''
}
