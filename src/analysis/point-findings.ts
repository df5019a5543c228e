import type { Finding } from './check-measurement.js'
import type { MeasuredRepetition } from './measurement-summary.js'

export interface PointFinding extends Finding {
  repetitions: number[]
}

/** Whether the server gave answers that belong to other frames, in any repetition. */
export function hasWrongAnswers({ findings }: { findings: readonly PointFinding[] }): boolean {
  return findings.some(({ name }) => name === 'wrong-answers')
}

/**
 * Each finding once, with its repetitions. The repetitions of a point usually have the same findings. Of one that was
 * interrupted, only lost agents are reported.
 */
export function gatherFindings(repetitions: readonly MeasuredRepetition[]): PointFinding[] {
  const gathered = new Map<string, PointFinding>()
  for (const { summary } of repetitions)
    for (const finding of summary.findings) {
      if (!summary.complete && finding.name !== 'agent-lost') continue
      const key = `${finding.name} ${finding.site ?? ''} ${finding.name === 'recorded' ? finding.symptom : ''}`
      const known = gathered.get(key)
      if (known === undefined) gathered.set(key, { ...finding, repetitions: [summary.repetition] })
      else known.repetitions.push(summary.repetition)
    }
  return [...gathered.values()]
}
