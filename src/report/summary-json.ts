import type { RunAnalysis } from '../analysis/analyse-run.js'
import { pointRows, pointsColumns } from './csv/points-columns.js'
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
  }
  /** The same format as in `gate --json`. */
  thresholds: object[]
  points: Record<string, string | number>[]
  /** Planned points that could not be measured, and why. */
  leftOut: LeftOutJson[]
  /** What failed at each point, those of most frames first. */
  failures: FailureJson[]
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

export function summaryJson(analysis: RunAnalysis): SummaryJson {
  const { headline, paragraph, caveats } = formatVerdict(analysis)
  return {
    run: analysis.run,
    exitCode: analysis.exitCode,
    verdict: { answer: analysis.verdict.answer, headline, text: paragraph.join(' '), caveats },
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
      return { point, settings, message, received, remedy }
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
