/** What was found amiss, as hyperfine's warnings say it: symptom, likely cause, what to try. */
export interface Finding {
  /** `invalid`: the measurement may not be believed. `note`: it may, and this should be known. */
  severity: 'invalid' | 'note'
  /** Stable name, for machines. */
  name: string
  symptom: string
  cause: string
  remedy: string
}

export type Validity = 'VALID' | 'INVALID'

export function validityOf(findings: Finding[]): Validity {
  return findings.some((finding) => finding.severity === 'invalid') ? 'INVALID' : 'VALID'
}
