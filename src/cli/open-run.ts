import { dirname, join, relative, resolve } from 'node:path'
import { stringify } from 'safe-stable-stringify'
import type { MeasuredScenario } from '../capacity/size/sound-command.js'
import { newManifest } from '../measure/new-manifest.js'
import { fixCameras } from '../scenario/plan/fix-cameras.js'
import { readManifest } from '../run/run-folder.js'
import { planRace } from '../scenario/plan/race.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'
import type { RunManifest } from '../run/manifest.js'
import { hiddenHeaders, restoreHeaders } from '../scenario/plan/header-values.js'
import { UserError } from '../system/user-error.js'
import { createRun, reopenRun, type RunWriter } from '../run/run-writer.js'
import { loadScenario, type LoadedScenario } from '../scenario/load-scenario.js'
import { allPoints, type Plan } from '../scenario/plan/plan.js'
import { planMeasurable } from '../measure/check-plan.js'
import { requireReachable, requireSameFleet, type FleetRequest } from '../fleet/coordinator/fleet-request.js'
import { newFolderUnderReports } from './new-folder-under-reports.js'

interface Overrides {
  server?: string | undefined
  set?: string[] | undefined
  camerasAreSearched?: boolean | undefined
  /** A run folder: loads with ofCeiling get the numbers of cameras of that run. */
  camerasOf?: string | undefined
  /** Measure until it is decided which setting carries most, for so many seconds. */
  race?: { budgetS?: number | undefined } | undefined
  /** The agents that will send the load. */
  fleet?: FleetRequest | undefined
}

/**
 * Plans a scenario, and checks everything that can be checked without decoding its video or starting its server. A run
 * and its --dry-run both begin with this, so that both refuse the same scenarios.
 * @throws UserError (exit 2)
 */
export async function planRun(
  scenarioFile: string,
  overrides: Overrides,
): Promise<{ loaded: LoadedScenario; plan: Plan }> {
  const loaded = await loadScenario(scenarioFile, overrides)
  const { camerasOf, race, fleet } = overrides
  const scenarioPlan = planScenario(loaded)
  const plan = await planMeasurable(
    race === undefined ? scenarioPlan : planRace(scenarioPlan, { ...race, file: loaded.file }),
  )
  for (const { server } of allPoints(plan)) requireReachable(server, fleet)
  return { loaded, plan: camerasOf === undefined ? plan : await takeCameras(plan, camerasOf) }
}

/** @throws UserError (exit 2) if the run lacks a number of cameras */
async function takeCameras(plan: Plan, folder: string): Promise<Plan> {
  const { plan: earlier } = await readManifest(folder)
  const fixed = fixCameras(
    plan,
    ({ id, load }) =>
      earlier.ofCeiling?.find((one) => one.id === id && stringify(one.load) === stringify(load))?.ceiling,
  )
  const missing = fixed.ofCeiling?.find(({ ceiling }) => ceiling === undefined)
  if (fixed.ofCeiling !== undefined && missing === undefined) return fixed
  throw new UserError('the numbers of cameras cannot be taken from this run', {
    where: `--cameras-of ${folder}`,
    expected: 'a scenario with ofCeiling, and a run of the same scenario that measured its ceiling',
    received:
      missing === undefined ? 'a scenario without ofCeiling' : `no number of cameras for point ${missing.id}`,
    remedy: 'Remove --cameras-of, or give another run.',
  })
}

/**
 * Makes the folder of a new run from a scenario, planned. The scenario is checked completely before the folder is made.
 */
export async function openNewRun(
  scenarioFile: string,
  { out, ...overrides }: Overrides & { out?: string | undefined },
  now: Date,
): Promise<RunWriter> {
  const { loaded, plan } = await planRun(scenarioFile, overrides)
  const folder = out === undefined ? newFolderUnderReports(loaded.name, now) : resolve(out)
  const manifest = newManifest(loaded, plan, now)
  // Only reports/ has a `latest` link.
  return createRun(folder, manifest, { latest: out === undefined })
}

/**
 * Opens a run that was interrupted. Its saved plan is measured.
 *
 * @param fleet the agents that will send the load: as many as before
 */
export async function openSavedRun(
  folder: string,
  fleet: FleetRequest | undefined,
  options?: { mayLeaveOut?: boolean },
): Promise<RunWriter> {
  const run = await reopenRun(folder, {
    latest: dirname(resolve(folder)) === resolve('reports'),
    complete: completeHeaders,
  })
  requireSameFleet(run.manifest.measurements, fleet, options)
  for (const { server } of allPoints(run.manifest.plan)) requireReachable(server, fleet)
  return run
}

/**
 * The values of headers are not saved. Those that are not in a variable are read from the scenario again.
 *
 * @throws UserError if the same scenario is not in the working directory or its folder scenarios
 */
async function completeHeaders(saved: RunManifest): Promise<RunManifest> {
  const { plan } = saved
  const all = (of: Plan) => [...of.points, ...(of.ofCeiling ?? [])]
  const names = hiddenHeaders(all(plan))
  if (names.length === 0) return saved
  const loaded = await findScenario(saved.scenario)
  const servers = loaded === undefined ? [] : all(planScenario(loaded)).map(({ server }) => server)
  const restored = {
    ...plan,
    points: restoreHeaders(plan.points, servers),
    ofCeiling: plan.ofCeiling && restoreHeaders(plan.ofCeiling, servers),
  }
  if (hiddenHeaders(all(restored)).length === 0) return { ...saved, plan: restored }
  throw new UserError(`the values of the headers ${names.join(', ')} are not saved`, {
    expected: `the scenario ${saved.scenario.file ?? saved.scenario.name} in this folder, unchanged`,
    remedy:
      'Run the command in the folder of the scenario. In new runs, write $env:NAME as the value of a header: --resume reads variables again.',
  })
}

/**
 * The scenario of a saved run, found by its name in the working directory or its folder scenarios; undefined if it is not
 * there, or no longer what it was.
 */
async function findScenario(saved: RunManifest['scenario']): Promise<LoadedScenario | undefined> {
  const overrides = (saved.overrides ?? []).map((text) => /^--(set|server) (.*)$/s.exec(text) ?? [])
  const flags = {
    // Only the servers and the hash matter.
    camerasAreSearched: true,
    set: overrides.flatMap(([, flag, text]) => (flag === 'set' ? [text!] : [])),
    server: overrides.find(([, flag]) => flag === 'server')?.[2],
  }
  for (const folder of ['.', 'scenarios']) {
    const loaded = await loadScenario(join(folder, saved.file ?? saved.name), flags).catch(() => undefined)
    if (loaded?.hash === saved.hash) return loaded
  }
  return undefined
}

/** The scenario of a run as it can be typed: its path from here, if it is found, and its flags. */
export async function measuredScenario({ scenario }: RunManifest): Promise<MeasuredScenario> {
  const found = await findScenario(scenario)
  const file = found === undefined ? (scenario.file ?? scenario.name) : relative(process.cwd(), found.file)
  return { file, overrides: scenario.overrides ?? [] }
}
