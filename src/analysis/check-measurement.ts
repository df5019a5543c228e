import type { Check, Evidence } from './check.js'
import { type CheckName, checkNames, checks } from './checks.js'

/** `recorded`: a problem that was noted while measuring, such as a log that could not be read. */
export type FindingName = CheckName | 'recorded'

/** What was found: symptom, likely cause and what to try. */
export interface Finding {
  severity: Check['severity']
  name: FindingName
  symptom: string
  cause: string
  remedy: string
}

export type Validity = 'VALID' | 'INVALID'

/** The result of one check of one measurement. A check whose value was not observed has no result. */
export interface CheckResult {
  name: CheckName
  /** In the unit of the check, as is its limit. */
  observed: number
  limit: number
  passed: boolean
}

/** Every check that could be performed. */
export function checkMeasurement(evidence: Evidence): CheckResult[] {
  return checkNames.flatMap((name) => {
    const check: Check = checks[name]
    const observed = check.observe(evidence)
    if (observed === undefined) return []
    const limit = typeof check.limit === 'number' ? check.limit : check.limit(evidence)
    return [{ name, observed, limit, passed: observed <= limit }]
  })
}

/** The findings: reasons for INVALID first, then problems that were noted while measuring, then notes. */
export function listFindings(
  results: readonly CheckResult[],
  evidence: Evidence,
  recorded: readonly string[],
): Finding[] {
  const found = results.flatMap(({ name, observed, limit, passed }): Finding[] => {
    const { severity, finding }: Check = checks[name]
    if (passed || finding === undefined) return []
    const text = (part: string | ((evidence: Evidence) => string)) =>
      typeof part === 'string' ? part : part(evidence)
    return [
      {
        severity,
        name,
        symptom: finding.symptom(evidence, observed, limit),
        cause: text(finding.cause),
        remedy: text(finding.remedy),
      },
    ]
  })
  return [
    ...found.filter(({ severity }) => severity === 'invalid'),
    ...recorded.map((symptom): Finding => ({
      severity: 'note',
      name: 'recorded',
      symptom,
      cause: '',
      remedy: '',
    })),
    ...found.filter(({ severity }) => severity === 'note'),
  ]
}

export function judgeValidity(findings: readonly Finding[]): Validity {
  return findings.some(({ severity }) => severity === 'invalid') ? 'INVALID' : 'VALID'
}
