import type { CameraLoad } from '../scenario/settings.js'
import type { ModeBest, ModeComparison } from './mode-comparison.js'
import type { PointSummary } from './point-summary.js'
import { loadInWords } from './point-words.js'
import type { Verdict } from './verdict.js'

export interface VerdictWords {
  headline: string
  /** Sentences of one paragraph. */
  paragraph: string[]
  caveats: string[]
}

/** The verdict as one reads it: plain text, figures with units, nothing that is not in the data. */
export function verdictInWords(verdict: Verdict, points: PointSummary[]): VerdictWords {
  return {
    headline: headlineOf(verdict),
    paragraph: [
      ...ceilingSentences(verdict),
      ...otherSizeSentences(verdict),
      ...latencySentences(verdict, points),
    ],
    caveats: caveatsOf(verdict),
  }
}

const fps = (value: number) => `${value.toFixed(1)} FPS`
const ms = (value: number) => `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ms`
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function cell({ mode, batchSize }: Pick<ModeBest, 'mode' | 'batchSize'>): string {
  return batchSize === 1 ? 'no batching' : `${mode} batching ${batchSize}`
}

function range({ low, high, repetitions }: ModeBest, unit: (value: number) => string): string {
  return repetitions > 1 ? ` (${unit(low).split(' ')[0]}–${unit(high)})` : ''
}

function headlineOf({ answer, ceiling, latency, smallestAsGood }: Verdict): string {
  const best = ceiling?.modes[0]
  const fastest = latency?.modes[0]
  switch (answer) {
    case 'undecided':
      if (best !== undefined) return `Highest ceiling measured: ${cell(best)}, ${fps(best.value)}`
      if (fastest !== undefined)
        return `Lowest frame latency measured: ${cell(fastest)}, ${latency!.metric} ${ms(fastest.value)}`
      return 'Nothing was measured to its end'
    case 'no-difference':
      return best === undefined
        ? 'No difference found between the batching modes'
        : `No difference found between the batching modes; batch size ${smallestAsGood} is enough`
    case 'depends':
      return `It depends: ${cell(best!)} has the higher ceiling, ${cell(fastest!)} the lower frame latency`
    default: {
      const size = answer === best?.mode ? best.batchSize : fastest!.batchSize
      return `${capital(answer)} batching, batch size ${size}`
    }
  }
}

function ratio({ ratio }: ModeComparison): string {
  const { value, low, high } = ratio!
  return low === high
    ? `${value.toFixed(2)}×`
    : `${value.toFixed(2)}× (${low.toFixed(2)}–${high.toFixed(2)}×)`
}

function ceilingSentences({ ceiling, smallestAsGood, noise }: Verdict): string[] {
  const [best, second] = ceiling?.modes ?? []
  if (ceiling === undefined || best === undefined) return []
  const load = loadInWords(ceiling.load)
  const figure = (mode: ModeBest) => `${cell(mode)} reached ${fps(mode.value)}${range(mode, fps)}`
  const sentences: string[] = []
  if (second === undefined) sentences.push(`Ceiling with ${load}: ${figure(best)}.`)
  else if (ceiling.ratio === undefined)
    sentences.push(`Ceiling with ${load}: ${figure(best)}, and no batch size of either mode gave more.`)
  else if (ceiling.winner === undefined)
    sentences.push(
      `Ceiling with ${load}: ${figure(best)}, ${figure(second)}; no difference found, ` +
        `for ${ratio(ceiling)} lies within the spread of repetitions (${(noise * 100).toFixed(1)} %).`,
    )
  else
    sentences.push(
      `Ceiling with ${load}: ${figure(best)}, ${figure(second)}: ${ratio(ceiling)} in favour of ${best.mode} batching.`,
    )
  if (smallestAsGood !== undefined && smallestAsGood < best.batchSize)
    sentences.push(
      `Batch size ${smallestAsGood} of ${best.mode} batching is within its spread, at less latency.`,
    )
  return sentences
}

function otherSizeSentences({ ceiling, bySize }: Verdict): string[] {
  const best = ceiling?.modes[0]?.mode
  const others = bySize.filter(
    ({ comparison }) => comparison.winner !== undefined && comparison.winner !== best,
  )
  if (others.length === 0) return []
  const parts = others.map(
    ({ batchSize, comparison }) =>
      `batch size ${batchSize} (${comparison.winner} batching ${ratio(comparison)})`,
  )
  return [`The other mode wins at ${parts.join(', ')}.`]
}

function latencySentences({ latency, byCameras }: Verdict, points: PointSummary[]): string[] {
  if (byCameras.length === 0) return []
  const sentences: string[] = []
  const [best, second] = latency?.modes ?? []
  if (latency !== undefined && best !== undefined) {
    const figure = (mode: ModeBest) => `${cell(mode)} ${ms(mode.value)}${range(mode, ms)}`
    const head = `Frame latency ${latency.metric} with ${loadInWords(latency.load)}: ${figure(best)}`
    if (second === undefined) sentences.push(`${head}.`)
    else if (latency.winner === undefined)
      sentences.push(
        `${head}, ${figure(second)}; no difference found${latency.ratio === undefined ? '' : ` (${ratio(latency)})`}.`,
      )
    else sentences.push(`${head}, ${figure(second)}: ${ratio(latency)} in favour of ${best.mode} batching.`)
  }
  const slo = points.find(({ point }) => point.load.kind === 'cameras' && point.slo !== undefined)?.point.slo
  if (slo !== undefined)
    sentences.push(carriedSentence(byCameras, `p${slo.percentile} within ${ms(slo.latencyMs)}`))
  return sentences
}

function carriedSentence(byCameras: Verdict['byCameras'], slo: string): string {
  const modes = [...new Set(byCameras.flatMap(({ carriedBy }) => carriedBy))]
  if (modes.length === 0) return `No camera load measured was carried with ${slo}.`
  const largest = (mode: ModeBest['mode']): CameraLoad =>
    byCameras.findLast(({ carriedBy }) => carriedBy.includes(mode))!.load
  const parts = modes.map((mode) => `${mode} batching carried ${loadInWords(largest(mode))}`)
  return `Of the camera loads measured, ${parts.join(' and ')} (${slo}).`
}

function caveatsOf({
  answer,
  ceiling,
  latency,
  byCameras,
  fewestRepetitions,
  invalidPoints,
}: Verdict): string[] {
  const caveats: string[] = []
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
