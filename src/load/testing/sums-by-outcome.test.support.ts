import { expect } from 'vitest'
import type { Failure } from '../../run/failures.js'
import { readSamples } from '../../run/read-samples.js'
import { outcomes, Phase } from '../../run/record.js'

/** What failed adds up to the frames of each outcome. */
export async function requireSumsByOutcome(sampleFile: string, failures: Failure[]): Promise<void> {
  const { requests, frames } = await readSamples(sampleFile)
  for (const outcome of ['http-error', 'timeout', 'connection-error', 'bad-response'] as const) {
    let counted = 0
    const isOne = (row: { outcome: Uint8Array; phase: Uint8Array }, at: number) =>
      row.phase[at] === Phase.measured && outcomes[row.outcome[at]!] === outcome
    if (frames.count > 0) for (let i = 0; i < frames.count; i++) counted += Number(isOne(frames, i))
    else for (let i = 0; i < requests.count; i++) counted += isOne(requests, i) ? requests.frames[i]! : 0
    const kept = failures.filter((failure) => failure.outcome === outcome)
    expect(kept.reduce((sum, failure) => sum + failure.frames, 0)).toBe(counted)
  }
}
