import type { RunCollector } from '../../analysis/analyse-run.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { RunLoad } from '../../load/run-load.js'
import { measureToTheEnd, missingMeasurements } from '../../measure/measure-plan.js'
import { openRunMeasurer } from '../../measure/run-measurer.js'
import { readMeasurement } from '../../run/read-measurement.js'
import type { RunManifest } from '../../run/manifest.js'
import type { RunWriter } from '../../run/run-writer.js'
import { restoreHeaders } from '../../scenario/plan/header-values.js'
import type { PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { UserError } from '../../system/user-error.js'
import { capacityVersion, readCapacityFile, writeCapacityFile, type CapacityRun } from '../capacity-run.js'
import { capacitySettings, type LabelSetting } from '../capacity-setting.js'
import { defaultTop, defaultTuningSpace, type TuningSpace } from '../tuning.js'
import { measureCapacity } from './measure-capacity.js'
import type { MeasuredPoint } from './point-measurer.js'
import type { CapacityEvent } from './search-setting.js'
import { tuneCapacity } from './tune-capacity.js'

export interface RunCapacityOptions {
  /** Time for the whole search; undefined: as long as it takes. */
  budgetS?: number | undefined
  /** Searches the best batching and workers of the first setting, instead of the capacity of every setting. */
  tune?: { space?: Partial<TuningSpace>; top?: number } | undefined
  labelSetting: LabelSetting
  /** Collects each measurement of the run. */
  collector: Pick<RunCollector, 'add'>
  signal: AbortSignal
  onStatus: (text: string) => void
  onLoadProgress: (progress: LoadProgress) => void
  onEvent: (event: CapacityEvent) => void
  /** What runs a load. Default: the threads of this process. */
  runLoad?: RunLoad | undefined
}

/**
 * Searches the capacity of each setting of a run's scenario, measuring into the run's folder: an ordinary run whose plan
 * grows as the search asks for points, with capacity.json beside it. Called again for the same folder, it resumes.
 *
 * @returns undefined if it was interrupted; everything measured so far is kept
 * @throws UserError if the scenario has nothing to search, or the server or machine is not fit
 */
export async function runCapacity(
  writer: RunWriter,
  options: RunCapacityOptions,
): Promise<CapacityRun | undefined> {
  const { signal, budgetS, onEvent, labelSetting, collector, tune } = options
  const { folder } = writer
  const { scenario, seed } = writer.manifest
  const resume = await readCapacityFile(folder)
  if (resume?.capacityVersion === 1) throw earlierSearch(folder)
  const settings = capacitySettings(
    pointsToSearch(folder, writer.manifest, resume, tune !== undefined),
    scenario.file ?? scenario.name,
    labelSetting,
  )
  // From here on the plan lists the points that the search requested.
  if (resume === undefined) writer.emptyPlan()
  const measurer = await openRunMeasurer(writer, options)
  // What is measured already is only read: its load is not announced.
  let announced: CapacityEvent | undefined
  const common = {
    seed,
    budgetS,
    resume,
    onEvent(event: CapacityEvent) {
      if (event.kind === 'measuring' || event.kind === 'calibrating') announced = event
      else onEvent(event)
    },
    save: (run: CapacityRun) => writeCapacityFile(folder, run),
    async measure(point: Point, planned: PlannedMeasurement): Promise<MeasuredPoint> {
      signal.throwIfAborted()
      writer.addPlanned(point, planned)
      const isMissing = missingMeasurements(writer.manifest).some(
        (one) => one.point === planned.point && one.repetition === planned.repetition,
      )
      if (isMissing && announced !== undefined) onEvent(announced)
      if (isMissing) await measurer.measure(point, planned)
      signal.throwIfAborted()
      const record = writer.manifest.measurements.find(
        (one) => one.point === planned.point && one.repetition === planned.repetition,
      )
      if (record === undefined) throw new Error(`point ${point.id} was measured but not recorded`)
      const input = await readMeasurement(folder, writer.manifest, record)
      return { input, summary: await collector.add(input) }
    },
  }
  return measureToTheEnd(measurer, signal, () =>
    tune === undefined
      ? measureCapacity({ ...common, settings })
      : tuneCapacity({
          ...common,
          base: settings[0]!,
          space: { ...defaultTuningSpace, workers: [settings[0]!.workers], ...tune.space },
          top: tune.top ?? defaultTop,
          labelSetting,
        }),
  )
}

function earlierSearch(folder: string): UserError {
  return new UserError('this search cannot be resumed', {
    where: folder,
    expected: `a capacity.json of version ${capacityVersion}`,
    received: 'version 1, whose search measured by other rules',
    remedy:
      'Start a new search: `framestorm capacity` with the scenario. `framestorm size` still reads this run.',
  })
}

/**
 * The points of a new search come from the scenario, those of a resumed one from capacity.json, because the plan lists
 * only what was measured.
 */
function pointsToSearch(
  folder: string,
  manifest: RunManifest,
  resume: CapacityRun | undefined,
  tune: boolean,
): readonly Point[] {
  if (resume === undefined) return manifest.plan.points
  const servers = manifest.plan.points.map(({ server }) => server)
  const searched = restoreHeaders(
    resume.settings.map(({ point }) => point),
    servers,
  )
  if (tune && resume.tuningBase !== undefined) return restoreHeaders([resume.tuningBase], servers)
  if (searched.length > 0) return searched
  throw new UserError('this search cannot be resumed', {
    where: folder,
    expected: tune ? 'a search that was started with --tune' : 'a setting whose search was started',
    received: tune
      ? 'a capacity.json of an older version, interrupted before the first setting was measured'
      : 'a search with --tune, interrupted before the first setting was measured',
    remedy: tune ? 'Start it again.' : 'Resume it with --tune.',
  })
}
