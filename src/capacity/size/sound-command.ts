import { isDeepStrictEqual } from 'node:util'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { defaultLoad } from './capacity-at.js'
import type { SettingEvidence } from './setting-evidence.js'
import { shortestWindowS, sizeCriteria, type SizeQuestion } from './size-question.js'

/** The scenario that a run measured. */
export interface MeasuredScenario {
  /** A path that can be typed, or the file's name if it is not known where the file is. */
  file: string
  /** The flags that changed it, each with its value, as written: `--server embedded`. */
  overrides: readonly string[]
}

/** Sections of a scenario that the command sets itself. */
const setHere = /^--set (load|slo|measure\.(durationS|repetitions))\b/

/**
 * The command, for a POSIX shell, that searches the capacity at the rate and SLO in question: the scenario of the run, with
 * its flags, its kind of camera load, and windows and repetitions that suffice.
 *
 * @param evidence of the run; undefined if nothing was measured
 */
export function soundCommand(
  question: SizeQuestion,
  { file, overrides }: MeasuredScenario,
  evidence: SettingEvidence | undefined,
): string {
  const { durationS, repetitions } = evidence?.point.measure ?? { durationS: 0, repetitions: 0 }
  const criteria = sizeCriteria(question)
  const load = evidence?.cameraRuns[0]?.load ?? cameraLoadOf(evidence)
  const sets = {
    load: { kind: 'cameras', cameras: 1, fps: question.fps, ...unlikeDefault(load) },
    slo: question.slo,
    ...(durationS < shortestWindowS && { 'measure.durationS': shortestWindowS }),
    ...(repetitions < criteria.repetitions && { 'measure.repetitions': criteria.repetitions }),
  }
  return [
    'framestorm capacity',
    quoted(file),
    ...overrides
      .filter((override) => !setHere.test(override))
      .map((override) =>
        override.replace(/^(--\S+) (.*)$/s, (_, flag: string, value: string) => `${flag} ${quoted(value)}`),
      ),
    ...Object.entries(sets).map(([path, value]) => `--set ${quoted(`${path}=${JSON.stringify(value)}`)}`),
  ].join(' ')
}

function cameraLoadOf(evidence: SettingEvidence | undefined): CameraLoad | undefined {
  const load = evidence?.capacities[0]?.point.load
  return load?.kind === 'cameras' ? load : undefined
}

/** How the cameras of the run differ from the default, besides their number and rate. */
function unlikeDefault(load: CameraLoad | undefined): Partial<CameraLoad> {
  const { cameras: _, fps: __, ...how } = load ?? { ...defaultLoad, cameras: 1, fps: 1 }
  const usual: Record<string, unknown> = defaultLoad
  return Object.fromEntries(
    Object.entries(how).filter(([name, value]) => !isDeepStrictEqual(value, usual[name])),
  )
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
