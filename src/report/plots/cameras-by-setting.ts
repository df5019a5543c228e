import type { RatedSetting, Recommendation } from '../../capacity/recommend/recommendation.js'
import { plural } from '../../system/plural.js'
import { formatCameras, formatRated } from '../format/recommendation.js'
import { formatBatching, formatFps } from '../format/format.js'
import type { Figure } from './figure.js'
import { pointColour } from './series.js'

/** Cameras that each setting carries within the SLO, the recommended one first. */
export function camerasBySetting({ setting: best, settings, load, slo, cameras }: Recommendation): Figure {
  const bars = [best, ...settings.filter((one) => one !== best)]
  // The recommended number may be less than predicted, because a confirming run showed less.
  const carried = (one: RatedSetting) => (one === best ? cameras : one.cameras)
  const labels = labelSettings(bars)
  const most = Math.max(...bars.map((one) => Math.max(carried(one), one.camerasAtMost)))
  const isPredicted = best.basis === 'predicted'
  return {
    id: 'cameras-by-setting',
    title: 'How many cameras does each setting carry?',
    caption:
      `Cameras at ${load.fps} fps with p${slo.percentile} of frame latency within ${slo.latencyMs} ms; the recommended setting first. ` +
      (isPredicted
        ? 'Predicted for a day by simulation with the batch times of this run, and never above a camera load that was measured and failed. ' +
          'Bars: with batch times that are longer by their uncertainty. Whiskers: up to those with shorter ones. '
        : 'Measured: the largest camera load of the plan that each setting carried. ') +
      `N: ${plural(bars.length, 'setting')}.`,
    traces: [
      {
        type: 'bar',
        orientation: 'h',
        y: labels,
        x: bars.map(carried),
        text: bars.map((one) => ` ${carried(one)}`),
        textposition: 'inside',
        insidetextanchor: 'start',
        textfont: { color: '#ffffff', size: 14 },
        hovertext: bars.map((one) => `${formatRated(one)}<br>${formatCameras(one)} cameras, ${one.basis}`),
        hoverinfo: 'text',
        error_x: {
          type: 'data',
          symmetric: false,
          array: bars.map((one) => Math.max(0, one.camerasAtMost - carried(one))),
          arrayminus: bars.map(() => 0),
          thickness: 1.2,
          width: 4,
        },
        marker: { color: bars.map(({ point }) => pointColour(point)) },
      },
    ],
    layout: {
      height: 110 + 46 * bars.length,
      showlegend: false,
      bargap: 0.35,
      xaxis: {
        title: { text: `cameras at ${load.fps} fps` },
        range: [0, most * 1.08 + 0.5],
        zeroline: false,
      },
      yaxis: { autorange: 'reversed', type: 'category' },
    },
    table: {
      columns: ['setting', 'cameras', 'up to', 'basis', 'fails at (measured)', 'ceiling (FPS)'],
      rows: bars.map((one, i) => [
        labels[i]!.replace('<br>', ' '),
        String(carried(one)),
        String(Math.max(carried(one), one.camerasAtMost)),
        one.basis,
        String(one.failsAt ?? ''),
        formatFps(one.ceilingFps),
      ]),
    },
  }
}

/** Two lines leave room for the bars. Workers are named if the settings differ in them. */
function labelSettings(bars: readonly RatedSetting[]): string[] {
  const nameWorkers = new Set(bars.map(({ workers }) => workers)).size > 1
  return bars.map((one, i) => {
    const name = nameWorkers ? formatRated(one) : formatBatching(one.point)
    return i === 0 ? `${name}<br>(recommended)` : name
  })
}
