import type { Finding } from '../../analysis/check-measurement.js'
import { groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'

export interface GroupedFinding {
  severity: Finding['severity']
  text: string
}

/**
 * Each finding once with the points that have it, INVALID ones first: symptom (of the first point), likely cause and
 * remedy. The report and summary.md list them point by point. What failed is left out: the failures are shown beside
 * the findings.
 */
export function groupFindings(points: PointSummary[]): GroupedFinding[] {
  const found = points.flatMap(({ point, findings, failures }) =>
    findings
      .filter(({ name }) => name !== 'errors' || failures.length === 0)
      .map((finding) => ({ id: point.id, finding })),
  )
  return [...groupBy(found, ({ finding }) => finding.name + finding.cause).values()]
    .map((same) => {
      const { finding } = same[0]!
      const ids = same.map(({ id }) => id)
      return {
        severity: finding.severity,
        text: `${formatSeverity(finding)}, ${formatPoints(ids)}: ${formatFinding(finding)}`,
      }
    })
    .toSorted((a, b) => Number(a.severity === 'note') - Number(b.severity === 'note'))
}

export function formatSeverity({ severity }: Pick<Finding, 'severity'>): string {
  return severity === 'invalid' ? 'INVALID' : 'note'
}

/** Symptom, likely cause and remedy as one text. */
export function formatFinding({ symptom, cause, remedy }: Finding): string {
  return [symptom, cause, remedy].filter(Boolean).join(' ')
}

const mostListed = 6

/** `point 3`, `points 1, 2, 5 and 7 more` */
export function formatPoints(ids: readonly number[]): string {
  const listed = ids.slice(0, mostListed).join(', ')
  const more = ids.length > mostListed ? ` and ${ids.length - mostListed} more` : ''
  return `${ids.length === 1 ? 'point' : 'points'} ${listed}${more}`
}
