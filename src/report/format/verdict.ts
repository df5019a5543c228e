import type { CameraLoad } from '../../scenario/schema/settings.js'
import { groupBy } from '../../analysis/group-by.js'
import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { loadInWords } from './point.js'
import type { Verdict } from '../../analysis/verdict.js'

export interface VerdictWords {
  headline: string
  /** Sentences of one paragraph. */
  paragraph: string[]
  caveats: string[]
}

/** The verdict as one reads it: plain text, figures with units, nothing that is not in the data. */
export function verdictInWords(
  verdict: Verdict,
  points: PointSummary[],
  progress: { measured: number; planned: number },
): VerdictWords {
  return {
    headline: headlineOf(verdict),
    paragraph: [
      ...ceilingSentences(verdict),
      ...otherSizeSentences(verdict),
      ...latencySentences(verdict, points),
      ...otherLoadSentences(verdict),
    ],
    caveats: caveatsOf(verdict, progress),
  }
}

function ceilingSentences({ ceiling, smallestAsGood }: Verdict): string[] {
  const [best, second] = ceiling?.modes ?? []
  if (ceiling === undefined || best === undefined) return []
  const sentences = [`Ceiling with ${circumstances(ceiling)}: ${comparisonInWords(ceiling)}`]
  if (smallestAsGood !== undefined && smallestAsGood < best.batchSize && second !== undefined)
    sentences.push(`Batch size ${smallestAsGood} of ${best.mode} batching is within its spread.`)
  return sentences
}

/** `16 frames in flight (server.workers 2)`. */
function circumstances({ load, settings }: ModeComparison): string {
  return `${loadInWords(load)}${settings === '' ? '' : ` (${settings})`}`
}

function comparisonInWords(comparison: ModeComparison): string {
  const { modes, metric, winner, overloaded } = comparison
  const [best, second] = modes
  const figures = modes.map((mode) => `${mode.name} at ${figureInWords(mode, metric)}`)
  if (second === undefined)
    return overloaded.length === 0
      ? `${figures[0]}.`
      : `${figures[0]}; ${overloaded.join(' and ')} batching was overloaded at every batch size.`
  if (comparison.ratio === undefined) return `${figures[0]}, and no batch size of either mode was better.`
  if (winner !== undefined)
    return `${figures.join(', ')}: ${ratioInWords(comparison)} in favour of ${best!.mode} batching.`
  return `${figures.join(', ')}; no difference found: ${whyNone(comparison)}.`
}

/** Either the ranges meet, or what lies between them is too little. */
function whyNone(comparison: ModeComparison): string {
  const { ratio: found, floor, noise } = comparison
  return found!.low <= 1 && found!.high > found!.low
    ? `${ratioInWords(comparison)}, and the ranges of the repetitions meet`
    : `${ratioInWords(comparison)}, and below ${share(Math.max(floor!, noise))} nothing is called here`
}

function share(value: number): string {
  return `${Number((value * 100).toFixed(1))} %`
}

function otherSizeSentences({ ceiling, bySize }: Verdict): string[] {
  const best = ceiling?.modes[0]?.mode
  const others = bySize.filter(
    ({ comparison }) => comparison.winner !== undefined && comparison.winner !== best,
  )
  return others.map(
    ({ batchSize, comparison }) =>
      `At batch size ${batchSize} ${comparison.winner} batching wins: ${ratioInWords(comparison)}.`,
  )
}

function latencySentences({ latency, byCameras }: Verdict, points: PointSummary[]): string[] {
  if (byCameras.length === 0) return []
  const sentences =
    latency === undefined
      ? []
      : [`Frame latency ${latency.metric} with ${circumstances(latency)}: ${comparisonInWords(latency)}`]
  const slo = points.find(({ point }) => point.load.kind === 'cameras' && point.slo !== undefined)?.point.slo
  if (slo !== undefined)
    sentences.push(carriedSentence(byCameras, `p${slo.percentile} within ${slo.latencyMs} ms`))
  return sentences
}

/** Where a lighter camera load has another best batching: the answer depends on the load. */
function otherLoadSentences({ latency, byCameras }: Verdict): string[] {
  const name = latency?.modes[0]?.name
  const others = byCameras.flatMap(({ load, comparison }) => {
    const best = comparison?.modes[0]
    return best === undefined || best.name === name ? [] : [{ load, best: best.name }]
  })
  return [...groupBy(others, ({ best }) => best)]
    .map(
      ([best, some]) =>
        `${best} has the lowest frame latency with ${loadsInWords(some.map(({ load }) => load))}.`,
    )
    .map(capital)
}

/** `2, 4 and 6 cameras at 5 fps`. */
function loadsInWords(loads: CameraLoad[]): string {
  return [...groupBy(loads, ({ fps }) => fps)]
    .map(([fps, same]) => {
      const counts = same.map(({ cameras }) => cameras)
      const list = counts.length > 1 ? `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}` : counts[0]
      return `${list} ${counts.length === 1 && counts[0] === 1 ? 'camera' : 'cameras'} at ${fps} fps`
    })
    .join(', ')
}

/** The largest load that each mode carried, of those measured. */
function carriedSentence(byCameras: Verdict['byCameras'], slo: string): string {
  const modes = [...new Set(byCameras.flatMap(({ carriedBy }) => carriedBy))]
  if (modes.length === 0) return `No camera load measured was carried with ${slo}.`
  const largest = (mode: ModeBest['mode']) =>
    loadInWords(byCameras.findLast(({ carriedBy }) => carriedBy.includes(mode))!.load)
  const parts = [...groupBy(modes, largest)].map(
    ([load, some]) => `${some.join(' and ')} batching carried ${load}`,
  )
  return `Of the camera loads measured, ${parts.join('; ')} (${slo}).`
}

/** What a reader has to know before relying on the answer. */
function caveatsOf(
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

/** `40.3 FPS (40.2–40.4)`, `350 ms (331–397)`; from one repetition there is no range. */
function figureInWords(
  { value, low, high, repetitions }: ModeBest,
  metric: ModeComparison['metric'],
): string {
  const [number, unit] = metric === 'fps' ? [fps, 'FPS'] : [ms, 'ms']
  return `${number(value)} ${unit}${repetitions > 1 ? ` (${number(low)}–${number(high)})` : ''}`
}

function fps(value: number): string {
  return value.toFixed(1)
}

function ms(value: number): string {
  return value.toFixed(value >= 100 ? 0 : 1)
}

/** `1.07× (1.06–1.08×)` */
function ratioInWords({ ratio }: ModeComparison): string {
  if (ratio === undefined) return ''
  const [value, low, high] = [ratio.value, ratio.low, ratio.high].map((one) => `${one.toFixed(2)}×`)
  return low === high ? value! : `${value} (${low!.slice(0, -1)}–${high})`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The answer in one line. */
function headlineOf({ answer, ceiling, latency, smallestAsGood }: Verdict): string {
  const best = ceiling?.modes[0]
  const fastest = latency?.modes[0]
  if (answer === 'undecided') {
    if (best !== undefined) return `Highest ceiling measured: ${best.name}, ${fps(best.value)} FPS`
    if (fastest !== undefined)
      return `Lowest frame latency measured: ${fastest.name}, ${latency!.metric} ${ms(fastest.value)} ms`
    return 'Nothing was measured to its end'
  }
  if (answer === 'no-difference') {
    const none = 'No difference found between the batching modes'
    if (best === undefined) return none
    return `${none}; batch size ${smallestAsGood} is ${smallestAsGood === best.batchSize ? 'best' : 'enough'}`
  }
  if (answer === 'depends')
    return `It depends: ${best!.name} has the higher ceiling, ${fastest!.name} the lower frame latency`
  return winnerHeadline(answer, ceiling, latency)
}

/** One batch size, or two where throughput and latency ask for different ones. */
function winnerHeadline(
  mode: ModeBest['mode'],
  ceiling: ModeComparison | undefined,
  latency: ModeComparison | undefined,
): string {
  const sizeIn = (comparison: ModeComparison | undefined) =>
    comparison?.modes.find((best) => best.mode === mode)?.batchSize
  const throughput = sizeIn(ceiling)
  const frame = sizeIn(latency)
  const both = throughput !== undefined && frame !== undefined && throughput !== frame
  return both
    ? `${capital(mode)} batching: batch size ${throughput} for throughput, ${frame} for frame latency`
    : `${capital(mode)} batching, batch size ${throughput ?? frame}`
}
