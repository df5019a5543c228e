import { dashOf, modeColour } from '../plots/series.js'
import type { Figure } from '../plots/figure.js'
import type { HeadlineQuestion } from '../../capacity/headline-rule.js'
import { headlineRule } from '../../capacity/headline-rule.js'

/** Server or client batching? By cameras on one edge device and batch size. */
export function headlineFigure(question: HeadlineQuestion): Figure {
  const { cells, needed } = headlineRule(question)
  const { fps, maxBatchDelayMs, camerasPerClient } = question
  const waits = needed.map(({ batchSize }) => cells.filter((cell) => cell.batchSize === batchSize))
  return {
    id: 'headline-rule',
    title: 'Server or client batching?',
    caption:
      `Each line is the time for which a client batch keeps its first frame, at ${fps} fps a camera. Below the dashed ` +
      `line, the delay of server batching (${maxBatchDelayMs} ms), client batching costs no more latency; above it, ` +
      'batch at the server. Phases spread evenly over the cameras of the device.',
    traces: needed.map(({ batchSize }, i) => ({
      type: 'scatter',
      mode: 'lines+markers',
      name: `batch size ${batchSize}`,
      x: camerasPerClient,
      y: waits[i]!.map(({ fillWaitMs }) => fillWaitMs),
      line: { color: modeColour.client, dash: dashOf(i), width: 2 },
      marker: { color: waits[i]!.map(({ prefer }) => modeColour[prefer]), size: 8 },
    })),
    layout: {
      xaxis: { title: { text: 'cameras on one edge device' }, type: 'log', tickvals: camerasPerClient },
      yaxis: { title: { text: 'fill wait, ms, log' }, type: 'log', dtick: 1 },
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: maxBatchDelayMs,
          y1: maxBatchDelayMs,
          line: { color: modeColour.server, width: 2, dash: 'longdash' },
        },
      ],
    },
    table: {
      columns: [
        'batch size',
        'client batching from … cameras on',
        ...camerasPerClient.map((n) => `${n}: wait ms`),
      ],
      rows: needed.map(({ batchSize, camerasPerClient: from }, i) => [
        String(batchSize),
        String(from),
        ...waits[i]!.map(({ fillWaitMs }) => fillWaitMs.toFixed(0)),
      ]),
    },
  }
}
