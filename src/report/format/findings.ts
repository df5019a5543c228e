import type { Finding } from '../../analysis/check-measurement.js'
import { groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'

export interface GroupedFinding {
  severity: Finding['severity']
  text: string
}

/**
 * Each finding once with the points that have it, INVALID ones first: symptom (of the first point and agent), likely cause,
 * remedy, and the other agents. The report and summary.md list them point by point. What failed is left out: the failures are shown beside
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
      const ids = [...new Set(same.map(({ id }) => id))]
      const others = new Set(same.flatMap(({ finding: { site } }) => (site === undefined ? [] : [site])))
      others.delete(finding.site ?? '')
      return {
        severity: finding.severity,
        text: `${formatSeverity(finding)}, ${formatPoints(ids)}: ${formatFinding(finding)}${alsoAt([...others])}`,
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
  return `${ids.length === 1 ? 'point' : 'points'} ${listSome(ids)}`
}

function alsoAt(sites: readonly string[]): string {
  if (sites.length === 0) return ''
  return ` The same at ${sites.length === 1 ? 'agent' : 'agents'} ${listSome(sites)}.`
}

function listSome(items: readonly (number | string)[]): string {
  const more = items.length > mostListed ? ` and ${items.length - mostListed} more` : ''
  return `${items.slice(0, mostListed).join(', ')}${more}`
}
