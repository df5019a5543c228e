import type { Check, Evidence } from './check.js'
import { type CheckName, checkNames, checks } from './checks.js'

/** `recorded`: a problem that was noted while measuring, such as a log that could not be read. */
export type FindingName = CheckName | 'recorded'

/** What was found: symptom, likely cause and what to try. */
export interface Finding {
  severity: Check['severity']
  name: FindingName
  /** The agent that it is about. */
  site?: string | undefined
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
  /** The agent that was checked; absent if it was the measurement as a whole. */
  site?: string | undefined
}

/** Every check that could be performed. */
export function checkMeasurement(evidence: Evidence): CheckResult[] {
  return checkNames.flatMap((name) => {
    const check: Check = checks[name]
    return checkedBy(check, evidence).flatMap((one): CheckResult[] => {
      const observed = check.observe(one)
      if (observed === undefined) return []
      const limit = typeof check.limit === 'number' ? check.limit : check.limit(one)
      const site = one === evidence ? undefined : one.agent?.site
      return [{ name, observed, limit, passed: observed <= limit, ...(site !== undefined && { site }) }]
    })
  })
}

/** The evidence that a check is applied to: of the measurement, of its agents, or of both. */
function checkedBy({ atAgents }: Check, evidence: Evidence): readonly Evidence[] {
  const { agents = [] } = evidence
  if (agents.length === 0 || atAgents === undefined) return [evidence]
  return atAgents === 'also' ? [evidence, ...agents] : agents
}

/** The findings: reasons for INVALID first, then problems that were noted while measuring, then notes. */
export function listFindings(
  results: readonly CheckResult[],
  evidence: Evidence,
  recorded: readonly string[],
): Finding[] {
  const found = results.flatMap(({ name, observed, limit, passed, site }): Finding[] => {
    const { severity, finding }: Check = checks[name]
    if (passed || finding === undefined) return []
    const checked = evidence.agents?.find(({ agent }) => agent?.site === site) ?? evidence
    const text = (part: string | ((evidence: Evidence) => string)) =>
      typeof part === 'string' ? part : part(checked)
    const symptom = finding.symptom(checked, observed, limit)
    return [
      {
        severity,
        name,
        ...(site !== undefined && { site }),
        symptom: site === undefined ? symptom : `Agent ${site}: ${symptom}`,
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
