import { isDeepStrictEqual } from 'node:util'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { defaultLoad } from './capacity-at.js'
import type { Weakness } from './weak-evidence.js'
import type { SettingEvidence } from './setting-evidence.js'
import type { SizeQuestion } from './size-question.js'

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
 * its flags and its kind of camera load.
 *
 * @param evidence of the run; undefined if nothing was measured
 */
export function soundCommand(
  question: SizeQuestion,
  { file, overrides }: MeasuredScenario,
  evidence: SettingEvidence | undefined,
): string {
  const load = evidence?.cameraRuns[0]?.load ?? cameraLoadOf(evidence)
  const sets = {
    load: { kind: 'cameras', cameras: 1, fps: question.fps, ...unlikeDefault(load) },
    slo: question.slo,
  }
  return commandText('capacity', { file, overrides: overrides.filter((one) => !setHere.test(one)) }, sets)
}

/** Batches of every size show in a window of this length under camera load. */
const everySizeS = 20

/**
 * The command, for a POSIX shell, that measures a scenario again with windows that are long enough for a sound
 * recommendation.
 *
 * @param durationS length of the windows that were too short
 */
export function soundSweepCommand(
  weaknesses: readonly Weakness[],
  { file, overrides }: MeasuredScenario,
  durationS: number,
): string {
  const neededS = weaknesses.map((weakness) => {
    if (weakness.kind === 'short-windows') return weakness.neededS
    // A fifth more, because the server may be slower next time.
    if (weakness.kind === 'few-batches') return (1.2 * durationS * weakness.needed) / weakness.batches
    return everySizeS
  })
  const kept = overrides.filter((one) => !/^--set measure\.durationS\b/.test(one))
  return commandText(
    'bench',
    { file, overrides: kept },
    {
      'measure.durationS': Math.ceil(Math.max(durationS, ...neededS)),
    },
  )
}

function commandText(command: string, { file, overrides }: MeasuredScenario, sets: object): string {
  return [
    `framestorm ${command}`,
    quoted(file),
    ...overrides.map((override) =>
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
