import { camerasInWords } from './cameras-in-words.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import type { SizedSetting } from '../../capacity/size/size-setting.js'
import { conditionInWords } from './condition-words.js'

/** `64 servers carry 500 cameras at 10 fps within 200 ms, and go on doing so when one of them fails`. */
export function sizeHeadline({ question, settings }: SizePlan): string {
  const { cameras, fps, slo } = question
  const withSpare = settings[0]!.fleets[1]!
  return (
    `${withSpare.servers} servers carry ${cameras} cameras at ${fps} fps within ${slo.latencyMs} ms (p${slo.percentile})` +
    (withSpare.survivesLoss ? ', and go on doing so when one of them fails' : '')
  )
}

/** What has to be known of the plan of one setting, a sentence each. */
export function sizeNotes({ question }: Pick<SizePlan, 'question'>, sized: SizedSetting): string[] {
  const { capacity, binds, camerasPerServer, fleets, step, networkBasis } = sized
  const notes = [
    `One server carries ${camerasInWords(capacity.cameras)} (${capacity.basis}: ${capacity.how}).`,
    `What binds: ${bindsInWords(binds)}.`,
    `Planned to ${Math.round(100 * question.headroom)} % of that: the rest is for what no measurement saw.`,
  ]
  if (camerasPerServer < capacity.cameras)
    notes.push(`A link of ${question.linkMbit} Mbit/s carries ${camerasPerServer} of them.`)
  const fragile = fleets.filter(({ spares, survivesLoss }) => spares > 0 && !survivesLoss)
  for (const { spares } of fragile)
    notes.push(`With N+${spares} the others could not take over the cameras of a server that fails.`)
  if (step > 1) notes.push(`Cameras move by whole edge devices of ${step}.`)
  notes.push(
    `Network figures are bodies of requests and answers (${networkBasis}), without HTTP and TCP headers.`,
    'Assumed: each server as the one measured, cameras spread evenly, larger JPEGs as fast to decode. Measure again ' +
      'when model, server version, hardware, frame size or rate changes.',
  )
  return notes
}

function bindsInWords(binds: SizedSetting['binds']): string {
  if (binds === 'network') return 'the network link'
  return binds === 'unknown' ? 'not known, no failure was measured' : conditionInWords(binds)
}
