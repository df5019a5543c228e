import type { Verdict } from '../../analysis/verdict.js'

/** What a reader has to know before relying on the answer. */
export function caveatsOf(
  { answer, ceiling, latency, byCameras, fewestRepetitions, invalidPoints }: Verdict,
  { measured, planned }: { measured: number; planned: number },
): string[] {
  const caveats: string[] = []
  if (measured < planned) caveats.push(`The run is not complete: ${measured} of ${planned} measurements.`)
  if (invalidPoints.length > 0)
    caveats.push(
      `This rests on points that may not be believed (${invalidPoints.join(', ')}): see their findings.`,
    )
  if (ceiling === undefined && latency === undefined) return caveats
  if (fewestRepetitions === 1)
    caveats.push('A single repetition: differences below 5 % are not called, and no range can be given.')
  else if (fewestRepetitions < 8)
    caveats.push(
      `Ranges are the smallest and largest of ${fewestRepetitions} repetitions, not confidence intervals.`,
    )
  if (answer === 'undecided')
    caveats.push('Only one batching mode was measured: a run with both modes would compare them.')
  if (byCameras.length === 0)
    caveats.push(
      'Closed load only: it tells which mode has the higher ceiling, not which has the lower frame latency.',
    )
  if (ceiling === undefined)
    caveats.push(
      'Camera load only: it tells the frame latency at these loads, not which mode has the higher ceiling.',
    )
  return caveats
}
