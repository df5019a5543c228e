/** All numbers in steps. */
export interface SearchKnowledge {
  /** Whether a number of cameras passed, of those measured. */
  measured: ReadonlyMap<number, boolean>
  /** Whether the number is predicted to be sustained, at index steps − 1. Its length is the largest number searched. */
  predictions: readonly boolean[]
  /** Predictions come from a simulation; else only from the measured ceiling, which says nothing about latency. */
  simulated: boolean
  /** The smallest number that can be measured in reasonable time, … */
  lowest: number
  /** … and that of the grid, in a short time. */
  gridFrom: number
}

/** Without a simulation, numbers below the edge are measured too: each at most this many times the one below it. */
const gridFactor = 1.6

/**
 * The number to measure next: the planning edge first, both of its sides. A number that fails against its prediction moves
 * the edge down, by steps that double until one passes, and the gap is halved then.
 *
 * @returns undefined if both sides of the planning edge are measured
 */
export function nextToMeasure(knowledge: SearchKnowledge): number | undefined {
  const { measured, lowest, predictions } = knowledge
  const max = predictions.length
  const failing = firstFailing(knowledge)
  const edge = failing - 1
  const canMeasure = (steps: number) => steps >= lowest && steps <= max && !measured.has(steps)
  if (measured.get(edge) === true || edge < lowest)
    return canMeasure(failing) ? failing : nextOfGrid(knowledge, edge)
  const passed = Math.max(
    0,
    ...[...measured].filter(([steps, ok]) => ok && steps < failing).map(([steps]) => steps),
  )
  if (!measured.has(failing)) return edge
  if (passed > 0)
    return Math.max(passed + 1, failing - stride(knowledge, failing), Math.floor((passed + failing) / 2))
  return Math.max(lowest, failing - stride(knowledge, failing))
}

/** The smallest number that is known or predicted to fail; one more than the largest if there is none. */
export function firstFailing({ measured, predictions }: SearchKnowledge): number {
  for (let steps = 1; steps <= predictions.length; steps++)
    if (measured.get(steps) === false || predictions[steps - 1] === false) return steps
  return predictions.length + 1
}

/** How far to go down from a number that fails: further with each that failed against its prediction. */
function stride({ measured, predictions, simulated }: SearchKnowledge, failing: number): number {
  const contradictions = [...measured].filter(([steps, ok]) => !ok && predictions[steps - 1] === true).length
  const first = Math.max(1, Math.round(failing * (simulated ? 0.01 : 0.08)))
  return first * 2 ** Math.max(0, contradictions - 1)
}

/** p99 is not monotone in the number of cameras. A simulation sees that; without one, a grid below the edge has to. */
function nextOfGrid({ measured, simulated, gridFrom }: SearchKnowledge, edge: number): number | undefined {
  if (simulated) return undefined
  const passed = [...measured.keys()].filter((steps) => steps <= edge).toSorted((a, b) => b - a)
  for (const [i, above] of passed.entries()) {
    const below = passed[i + 1] ?? gridFrom - 1
    const next = Math.max(gridFrom, Math.floor(above / gridFactor))
    if (next > below && next < above) return next
  }
  return undefined
}
