import type { CapacitySetting } from '../../capacity/capacity-setting.js'
import { calibrationLoads } from '../../capacity/live/calibrate.js'
import { expectedSearchS } from '../../capacity/live/expected-search-time.js'
import { defaultTop } from '../../capacity/tuning.js'
import { plural } from '../../system/plural.js'
import { formatDuration, formatLoad } from '../format/format.js'
import { wrapText } from '../table/terminal-table.js'

const width = 80

/** What a search will measure, as text of at most 80 columns: its settings, their loads, the expected time. */
export function describeCapacityPlan(
  settings: readonly CapacitySetting[],
  name: string,
  { tune, budgetS }: { tune: boolean; budgetS: number | undefined },
): string {
  const searched = tune ? settings.slice(0, 1) : settings
  const expected = searched.reduce((total, setting) => total + expectedSearchS(setting), 0)
  const time = budgetS === undefined ? expected : Math.min(expected, budgetS)
  const wrap = (text: string, indent = 0) => wrapText(text, { columns: width, indent, hanging: indent + 2 })
  return [
    wrap(
      tune
        ? `${name}: --tune varies the batching and workers of the first setting, simulates every combination and ` +
            `measures the best ${defaultTop}, about ${formatDuration((1 + defaultTop) * expected)}`
        : `${name}: ${plural(searched.length, 'setting')}, about ${formatDuration(time)}` +
            (budgetS === undefined ? '' : ` (--budget ${formatDuration(budgetS)})`),
    ),
    ...searched.flatMap((setting) => ['', ...describeSetting(setting, wrap)]),
  ].join('\n')
}

function describeSetting(
  setting: CapacitySetting,
  wrap: (text: string, indent?: number) => string,
): string[] {
  const { label, load, slo, step } = setting
  const closed = calibrationLoads(setting).map(formatLoad)
  const added = step === 1 ? '' : `, added in edge devices of ${step}`
  return [
    wrap(label),
    wrap(`question: cameras at ${load.fps} fps within ${slo.latencyMs} ms (p${slo.percentile})${added}`, 2),
    wrap(`calibration: ${closed.join(', ')}, then cameras at 60 % of the ceiling`, 2),
    wrap('simulation: every number of cameras up to 1.2 × the ceiling', 2),
    wrap(
      'measured: the largest number that is predicted to pass and the next one, each with at least 3 draws of camera phases',
      2,
    ),
    wrap(`expected time: about ${formatDuration(expectedSearchS(setting))}`, 2),
  ]
}
