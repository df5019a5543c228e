export interface SearchKnowledge {
  /** Whether a number of cameras passed, of those measured. */
  measured: ReadonlyMap<number, boolean>
  /** Of 1 … max, at index cameras − 1; empty if nothing can be simulated. */
  predictions: readonly Prediction[]
  /** The smallest number that can be measured; a smaller one would need too long a window. */
  lowest: number
  /** The first number of the grid. A few cameras need a long time to send the requests for a verdict. */
  gridFrom: number
  max: number
}

/**
 * Factors between the numbers of the grid. Coarse steps do until the first failure. Above it p99 can be within the limit
 * again, because batches that fill do not wait for their delay, and steps of × 1.5 would miss such a region. If every
 * number was simulated (`predicted`), the grid only has to verify the simulation.
 */
const steps = {
  predicted: { coarse: 1.5, fine: 1.1, atLeast: 3 },
  alone: { coarse: 1.3, fine: 1.1, atLeast: 1 },
}

/** If a number contradicts a sure prediction, this many neighbours on each side are doubtful. */
const doubtfulNeighbours = 2

/**
 * The number of cameras to measure next. p99 is not monotone in the number of cameras, so only what simulation predicts
 * is bisected:
 *
 * 1. every number whose prediction is unsure, and both sides of every predicted change;
 * 2. the neighbours of every number that contradicts its prediction, until they agree with theirs;
 * 3. a grid, so that no region depends on simulation alone;
 * 4. the numbers between two neighbours of the grid that differ.
 *
 * The decision depends only on these arguments, so an interrupted search continues where it stopped.
 *
 * @returns undefined if all passing intervals are known
 */
export function nextToMeasure(knowledge: SearchKnowledge): number | undefined {
  return (
    nextDoubtful(knowledge) ??
    nextContradicted(knowledge) ??
    nextOfGrid(knowledge) ??
    nextInsideAnEdge(knowledge)
  )
}

function nextDoubtful({ measured, predictions, lowest, max }: SearchKnowledge): number | undefined {
  for (let cameras = lowest; cameras <= Math.min(max, predictions.length); cameras++) {
    if (measured.has(cameras)) continue
    const [below, here, above] = [-2, -1, 0].map((offset) => predictions[cameras + offset])
    const changes = (below !== undefined && below !== here) || (above !== undefined && above !== here)
    if (here === 'unsure' || changes) return cameras
  }
  return undefined
}

function nextContradicted({ measured, predictions, lowest, max }: SearchKnowledge): number | undefined {
  for (const [cameras, passed] of measured) {
    const prediction = predictions[cameras - 1]
    if (prediction !== (passed ? 'fail' : 'pass')) continue
    for (let distance = 1; distance <= doubtfulNeighbours; distance++)
      for (const neighbour of [cameras - distance, cameras + distance])
        if (neighbour >= lowest && neighbour <= max && !measured.has(neighbour)) return neighbour
  }
  return undefined
}

function nextOfGrid({ measured, predictions, gridFrom, max }: SearchKnowledge): number | undefined {
  const firstFailure = Math.min(...[...measured].filter(([, passed]) => !passed).map(([cameras]) => cameras))
  const { coarse, fine, atLeast } = predictions.length > 0 ? steps.predicted : steps.alone
  let place = Math.min(gridFrom, max)
  if (!measured.has(place)) return place
  while (place < max) {
    const step = place >= firstFailure ? fine : coarse
    const reach = Math.min(max, Math.max(place + atLeast, Math.floor(place * step)))
    let next = reach
    while (next > place && !measured.has(next)) next--
    if (next === place) return reach
    place = next
  }
  return undefined
}

function nextInsideAnEdge({ measured }: SearchKnowledge): number | undefined {
  const places = [...measured.keys()].toSorted((a, b) => a - b)
  for (const [i, above] of places.entries()) {
    const below = places[i - 1]
    if (below === undefined || above - below < 2 || measured.get(below) === measured.get(above)) continue
    // A coarse step is halved until it is fine; then every number is measured.
    return above - below > Math.max(4, below * (steps.alone.fine - 1))
      ? Math.floor((below + above) / 2)
      : below + 1
  }
  return undefined
}

/** What simulation predicts for a number of cameras; `unsure` if slightly other service times would change it. */
export type Prediction = 'pass' | 'fail' | 'unsure'

/** Up to this number of cameras every one is simulated; above it every 0.5 %, and all numbers around a change. */
const finestUpTo = 200

/** Predicts 1 … max, at index cameras − 1. */
export async function predictAll(
  simulate: (cameras: number) => Prediction | Promise<Prediction>,
  max: number,
): Promise<Prediction[]> {
  const known = new Map<number, Prediction>()
  const at = async (cameras: number) => {
    const prediction = known.get(cameras) ?? (await simulate(cameras))
    known.set(cameras, prediction)
    return prediction
  }
  const predictions: Prediction[] = []
  let cameras = 1
  while (cameras <= max) {
    const next = Math.min(max, cameras + Math.max(1, Math.floor(cameras / finestUpTo)))
    const [here, there] = [await at(cameras), await at(next)]
    predictions.push(here)
    for (let between = cameras + 1; between < next; between++)
      predictions.push(here === there ? here : await at(between))
    if (next === cameras) break
    cameras = next
  }
  return predictions
}
