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
