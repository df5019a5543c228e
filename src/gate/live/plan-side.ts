import { isDeepStrictEqual } from 'node:util'
import { requireMeasurable } from '../../measure/check-plan.js'
import { newManifest } from '../../measure/new-manifest.js'
import type { RunManifest } from '../../run/manifest.js'
import { loadScenario, type LoadedScenario } from '../../scenario/load-scenario.js'
import { planScenario } from '../../scenario/plan/plan-scenario.js'
import type { Point } from '../../scenario/plan/plan.js'
import { maskAddresses } from '../../system/secret-address.js'
import { UserError } from '../../system/user-error.js'
import { choosePoint } from './choose-point.js'
import type { Side } from './run-pairs.js'

export interface SideRequest {
  scenarioFile: string
  set?: readonly string[] | undefined
  /** Fields of the scenario that differ for one side, `path=value`. */
  baselineSet?: readonly string[] | undefined
  candidateSet?: readonly string[] | undefined
  /** Id of the point to measure, for a scenario with several. */
  point?: number | undefined
  /** Throws a UserError (exit 2) for a server that cannot be measured as it was asked. */
  requireServer?: ((server: Point['server']) => void) | undefined
}

/** One side before anything is measured: its point, and the manifest of its run. */
export interface PlannedSide {
  loaded: LoadedScenario
  point: Point
  manifest: RunManifest
}

/**
 * Reads the scenario for one side.
 *
 * @throws UserError (exit 2) if the scenario, its video or the choice of a point is wrong, or if the side would be
 *   measured under other conditions
 */
export async function planSide(request: SideRequest, server: string, side: Side): Promise<PlannedSide> {
  const texts = request[`${side}Set`] ?? []
  const flag = `--${side}-set`
  for (const text of texts) requireSideField(flag, text)
  const loaded = await loadScenario(request.scenarioFile, {
    set: request.set,
    sideSet: { flag, texts },
    server,
    serverFlag: `--${side}`,
  })
  const plan = planScenario(loaded)
  const point = choosePoint(plan, request.point)
  await requireMeasurable([point])
  request.requireServer?.(point.server)
  const manifest = newManifest(
    loaded,
    { ...plan, points: [point], ofCeiling: undefined, order: [] },
    new Date(),
  )
  return { loaded, point, manifest }
}

/** What may differ between the sides. Load, window and SLO may not: a gate compares under the same conditions. */
const sideSections = ['server', 'model', 'batching', 'video']

function requireSideField(flag: string, text: string): void {
  const section = text.split(/[.=]/, 1)[0]!.trim()
  // Without a field and a value, the check of the scenario explains the flag.
  if (!text.includes('=') || sideSections.includes(section)) return
  throw new UserError(`${section} must be the same for both sides of a gate`, {
    where: `${flag} ${maskAddresses(text)}`,
    expected: `a field of ${sideSections.join(', ')}`,
    received: section,
    remedy: `Use --set, which applies to both sides.`,
  })
}

/**
 * Without framesInFlight in the scenario, the load depends on the batch size.
 *
 * @throws UserError (exit 2) if the sides would get different loads
 */
export function requireSameLoad(baseline: Point, candidate: Point): void {
  if (isDeepStrictEqual(baseline.load, candidate.load)) return
  const [one, other] = [baseline, candidate].map(({ load }) => JSON.stringify(load))
  throw new UserError('the two sides of the gate would get different loads', {
    where: '--baseline-set, --candidate-set',
    expected: one,
    received: other,
    remedy: 'Set load.framesInFlight in the scenario, to a number that both sides can use.',
  })
}
