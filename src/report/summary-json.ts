import type { RunAnalysis } from '../analysis/analyse-run.js'
import type { RatedSetting, Recommendation } from '../capacity/recommend/recommendation.js'
import type { BatchingSettings } from '../scenario/plan/plan.js'
import { pointRows, pointsColumns } from './csv/points-columns.js'
import type { RecommendedRun } from '../capacity/recommend/recommended-run.js'
import { formatRecommendation } from './format/recommendation.js'
import { linesToType, serverOf } from './format/settings-to-type.js'
import { raceSentences } from './format/race.js'
import { formatVerdict } from './format/verdict.js'
import { describeLeftOut } from './left-out.js'
import { thresholdJson } from './gate/gate-json.js'

/** What `bench --json` prints: the columns of points.csv by name, absent if the cell is empty. */
export interface SummaryJson {
  run: string
  exitCode: number
  verdict: {
    answer: RunAnalysis['verdict']['answer']
    headline: string
    text: string
    caveats: string[]
    /** Absent if the answer is reliable: the points at which other programs used the machine, and how much. */
    disturbance?: RunAnalysis['verdict']['disturbance']
  }
  /** Absent if the run has no closed and camera loads with an SLO, or if no setting carries a camera. */
  recommendation?: RecommendationJson | undefined
  /** With --until-decided only. */
  race?: RaceJson | undefined
  /** The same format as in `gate --json`. */
  thresholds: object[]
  points: Record<string, string | number>[]
  /** Planned points that could not be measured, and why. */
  leftOut: LeftOutJson[]
  /** What failed at each point, those of most frames first. */
  failures: FailureJson[]
}

interface RaceJson {
  budgetS: number
  /** Absent if the run was interrupted before; so are the fields below. */
  decided?: boolean | undefined
  /** The first pass included. */
  blocks?: number | undefined
  /** The closed points of the settings that were still in contention, those that carry most first. */
  inContention?: readonly number[] | undefined
  /** Those of them than which no other may carry over 5 % more. */
  equal?: readonly number[] | undefined
  text: string
}

interface SettingJson extends Omit<BatchingSettings, 'encoding'> {
  /** Absent if the number of workers of a server by URL is not known. */
  workers?: number | undefined
}

interface RecommendationJson extends SettingJson {
  headline: string
  text: string
  notes: string[]
  cameras: number
  fps: number
  slo: { latencyMs: number; percentile: number }
  basis: Recommendation['basis']
  estimate: Recommendation['estimate']
  soundCommand?: string | undefined
  /** What to type, part by part: a comment with its title, then its lines. */
  lines: string[]
  /** Every setting that was compared, most cameras first. */
  settings: (SettingJson & Pick<RatedSetting, 'cameras' | 'camerasAtMost' | 'basis'>)[]
}

interface LeftOutJson {
  point: number
  /** Such as `client batching 4, 8 frames in flight, model.name m`. */
  settings: string
  message: string
  received?: string | undefined
  remedy?: string | undefined
}

interface FailureJson {
  point: number
  outcome: string
  /** Absent if there was no answer, or if failures of several kinds are added up; so is `message`. */
  status?: number | undefined
  message?: string | undefined
  /** Failed requests, and frames in them. */
  count: number
  frames: number
  /** Share of the frames scheduled at this point. */
  share: number
  kind: string
  meaning: string
  remedy: string
}

export function summaryJson(analysis: RecommendedRun): SummaryJson {
  const { headline, paragraph, caveats } = formatVerdict(analysis)
  const { recommendation } = analysis
  const { race } = analysis.plan
  return {
    run: analysis.run,
    exitCode: analysis.exitCode,
    ...(recommendation && { recommendation: recommendationJson(recommendation, analysis) }),
    verdict: {
      answer: analysis.verdict.answer,
      headline,
      text: paragraph.join(' '),
      caveats,
      ...(analysis.verdict.disturbance !== undefined && { disturbance: analysis.verdict.disturbance }),
    },
    ...(race && {
      race: {
        budgetS: race.budgetS,
        ...(race.end && { decided: race.end.equal.length > 0, ...race.end }),
        text: raceSentences(analysis.plan).join(' '),
      },
    }),
    thresholds: analysis.thresholds.map(thresholdJson),
    points: pointRows(analysis).map((row) => {
      const cells: Record<string, string | number> = {}
      for (const { name, cell } of pointsColumns) {
        const value = cell(row)
        if (value !== undefined) cells[name] = value
      }
      return cells
    }),
    leftOut: describeLeftOut(analysis).map(({ point, settings, reason }) => {
      const { message, received, remedy } = reason
      return { point: point.id, settings, message, received, remedy }
    }),
    failures: analysis.points.flatMap(({ point, failures }) =>
      failures.map(({ outcome, status, message, requests, frames, share, kind, meaning, remedy }) => ({
        point: point.id,
        outcome,
        ...(status !== undefined && { status }),
        ...(message !== undefined && { message }),
        count: requests,
        frames,
        share,
        kind,
        meaning,
        remedy,
      })),
    ),
  }
}

function recommendationJson(recommendation: Recommendation, analysis: RunAnalysis): RecommendationJson {
  const { setting, cameras, load, slo, basis, estimate, soundCommand, settings } = recommendation
  const { headline, sentences, notes } = formatRecommendation(recommendation, analysis)
  return {
    headline,
    text: sentences.join(' '),
    notes,
    ...settingJson(setting),
    cameras,
    fps: load.fps,
    slo: { latencyMs: slo.latencyMs, percentile: slo.percentile },
    basis,
    estimate,
    ...(soundCommand !== undefined && { soundCommand }),
    lines: linesToType(recommendation, serverOf(recommendation, analysis)).flatMap(({ title, lines }) => [
      `# ${title}`,
      ...lines,
    ]),
    settings: settings.map((one) => ({
      ...settingJson(one),
      cameras: one.cameras,
      camerasAtMost: one.camerasAtMost,
      basis: one.basis,
    })),
  }
}

function settingJson({ workers, point: { batching, server } }: RatedSetting): SettingJson {
  const { encoding: _, ...settings } = batching
  return { ...settings, ...(server.kind !== 'url' && { workers }) }
}
