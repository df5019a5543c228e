export interface SearchKnowledge {
  /** Whether a number of cameras passed, of those measured. */
  measured: ReadonlyMap<number, boolean>
  /** Of 1 … max, at index cameras − 1; empty where nothing can be simulated. */
  predictions: readonly Prediction[]
  /** The smallest number that can be measured: below, a point would take longer than it may. */
  lowest: number
  /** Where the ladder starts: few cameras take long to send the requests that a verdict takes. */
  ladderFrom: number
  max: number
}

/**
 * Steps of the ladder. Without a failure so far a coarse one does; the trouble starts above the first failure,
 * where p99 can come back within the limit because batches that fill don't wait for their delay: × 1.5 steps over
 * such a region. Where simulation has looked at every number, the ladder only has to keep it honest.
 */
const steps = {
  vouched: { coarse: 1.5, fine: 1.1, atLeast: 3 },
  alone: { coarse: 1.3, fine: 1.1, atLeast: 1 },
}

/** A number that contradicts a sure prediction makes these many neighbours on each side doubtful. */
const doubtfulNeighbours = 2

/**
 * The number of cameras to measure next, undefined when all passing intervals are known. p99 is not monotone in
 * the number of cameras, so nothing is bisected that simulation does not vouch for:
 *
 * 1. every number of which simulation is unsure, and both sides of every change that it expects;
 * 2. the neighbours of every number that contradicts it, on and on until they agree;
 * 3. a ladder, so that no region rests on simulation alone;
 * 4. the steps between two neighbours on the ladder that differ.
 *
 * A pure function of what is known: an interrupted search goes on where it stopped.
 */
export function nextToMeasure(knowledge: SearchKnowledge): number | undefined {
  return (
    nextDoubtful(knowledge) ??
    nextContradicted(knowledge) ??
    nextRung(knowledge) ??
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

function nextRung({ measured, predictions, ladderFrom, max }: SearchKnowledge): number | undefined {
  const firstFailure = Math.min(...[...measured].filter(([, passed]) => !passed).map(([cameras]) => cameras))
  const { coarse, fine, atLeast } = predictions.length > 0 ? steps.vouched : steps.alone
  let rung = Math.min(ladderFrom, max)
  if (!measured.has(rung)) return rung
  while (rung < max) {
    const step = rung >= firstFailure ? fine : coarse
    const reach = Math.min(max, Math.max(rung + atLeast, Math.floor(rung * step)))
    let next = reach
    while (next > rung && !measured.has(next)) next--
    if (next === rung) return reach
    rung = next
  }
  return undefined
}

function nextInsideAnEdge({ measured }: SearchKnowledge): number | undefined {
  const places = [...measured.keys()].toSorted((a, b) => a - b)
  for (const [i, above] of places.entries()) {
    const below = places[i - 1]
    if (below === undefined || above - below < 2 || measured.get(below) === measured.get(above)) continue
    // A coarse step is halved until it is a fine one; then each number counts.
    return above - below > Math.max(4, below * (steps.alone.fine - 1))
      ? Math.floor((below + above) / 2)
      : below + 1
  }
  return undefined
}

/** What simulation says of a number of cameras: sure where it stays so when the service time is a little off. */
export type Prediction = 'pass' | 'fail' | 'unsure'

/** Up to here every number of cameras is simulated; above, every half per cent, and all in between at a change. */
const finestUpTo = 200

/** Predictions of 1 … max, at index cameras − 1. */
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
