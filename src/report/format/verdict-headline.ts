import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { Verdict } from '../../analysis/verdict.js'
import { capital, fps, ms } from './verdict-figures.js'

/** The answer in one line. */
export function headlineOf({ answer, ceiling, latency, smallestAsGood }: Verdict): string {
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
