import { Chalk } from 'chalk'
import Table from 'cli-table3'
import type { PointSummary } from '../analysis/point-summary.js'
import type { RunAnalysis } from '../analysis/run-analysis.js'
import { serverLabel } from '../analysis/run-analysis.js'
import { fpsInWords, msInWords, spreadInWords } from './format/numbers.js'
import type { Finding } from '../analysis/checks.js'
import { groupBy } from '../analysis/group-by.js'

/**
 * The verdict and one row a point, for the end of a run. It fits 80 columns and uses wider terminals for the
 * ranges of the repetitions.
 */
export function formatTerminalTable(
  analysis: RunAnalysis,
  { columns = 80, color = false }: { columns?: number; color?: boolean } = {},
): string {
  const chalk = new Chalk({ level: color ? 1 : 0 })
  const { words, points, exitCode } = analysis
  const wide = columns >= 110
  const width = Math.max(40, Math.min(columns, 110))
  const lines: string[] = []
  for (const kind of ['closed', 'cameras'] as const) {
    const some = points.filter(({ point }) => point.load.kind === kind)
    if (some.length > 0) lines.push(tableOf(some, kind, wide), '')
  }
  lines.push(chalk.bold(wrap(`${words.headline} (${serverLabel(analysis)})`, width)))
  if (words.paragraph.length > 0) lines.push(wrap(words.paragraph.join(' '), width))
  for (const caveat of words.caveats)
    lines.push(chalk[exitCode === 0 ? 'dim' : 'yellow'](wrap(`- ${caveat}`, width, '  ')))
  for (const { severity, text } of findingsInShort(points))
    lines.push(chalk[severity === 'invalid' ? 'yellow' : 'dim'](wrap(text, width, '  ')))
  return lines.join('\n')
}

function tableOf(points: PointSummary[], kind: 'closed' | 'cameras', wide: boolean): string {
  const table = new Table({
    chars: plainFrame,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: ['right', 'left', 'right', 'left', 'right', 'right', 'right', 'right', 'left'],
  })
  const latency = kind === 'closed' ? 'req' : 'frame'
  table.push([
    '#',
    'mode',
    'batch',
    'load',
    'FPS',
    `${latency} p50`,
    'p95',
    'p99 ms',
    kind === 'closed' ? '' : 'outcome',
  ])
  for (const summary of points) {
    const { point, fps, requestLatency, frameLatency, outcome, validity } = summary
    const { batching, load } = point
    const shown = kind === 'closed' ? requestLatency : frameLatency
    table.push([
      String(point.id),
      batching.batchSize === 1 ? 'none' : `${batching.mode}${shortEncoding(point)}`,
      String(batching.batchSize),
      load.kind === 'closed' ? `${load.framesInFlight} in flight` : `${load.cameras} × ${load.fps} fps`,
      wide ? spreadInWords(fps) : fps === undefined ? '' : fpsInWords(fps.median),
      msInWords(shown?.p50?.value),
      msInWords(shown?.p95?.value),
      msInWords(shown?.p99?.value),
      validity === 'INVALID' ? 'INVALID' : (outcome ?? ''),
    ])
  }
  // cli-table3 pads the last column too.
  return table.toString().replaceAll(/ +$/gm, '')
}

function shortEncoding({ batching }: PointSummary['point']): string {
  if (batching.framesPerRequest === 1) return ''
  return batching.encoding === 'multipart' ? ' mp' : batching.encoding === 'base64' ? ' b64' : ''
}

const plainFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent + word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

interface FindingInShort {
  severity: Finding['severity']
  text: string
}

/**
 * Each finding once with the points that have it, INVALID first: symptom (of the first point), likely cause and
 * what to try, as hyperfine warns. The report and summary.md have them point by point.
 */
export function findingsInShort(points: PointSummary[]): FindingInShort[] {
  const found = points.flatMap(({ point, findings }) =>
    findings.map((finding) => ({ id: point.id, finding })),
  )
  return [...groupBy(found, ({ finding }) => finding.name + finding.cause).values()]
    .map((same) => {
      const { severity, symptom, cause, remedy } = same[0]!.finding
      const ids = same.map(({ id }) => id)
      const mark = severity === 'invalid' ? 'INVALID' : 'note'
      return {
        severity,
        text: [`${mark}, ${pointsInWords(ids)}: ${symptom}`, cause, remedy].filter(Boolean).join(' '),
      }
    })
    .toSorted((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note'))
}

const mostNamed = 6

function pointsInWords(ids: number[]): string {
  const named = ids.slice(0, mostNamed).join(', ')
  const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : ''
  return `${ids.length === 1 ? 'point' : 'points'} ${named}${more}`
}
