import type { Finding } from '../analysis/finding.js'
import { groupBy } from '../analysis/group-by.js'
import type { PointSummary } from '../analysis/point-summary.js'

export interface FindingInShort {
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
