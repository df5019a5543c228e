import { type EncodedServiceTime, fewestSizesForRSquared } from '../../analysis/service-time.js'
import type { Encoding, SentAs } from '../../scenario/plan/plan.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { type AbsentFigure, type Figure, isSinglePlace, requires } from './figure.js'
import { modeColour } from './series.js'
import { formatMs, formatSentAs } from '../format/format.js'

const id = 'service-time'
const title = 'What does one more frame in a batch cost?'

interface Mark {
  colour: string
  symbol: 'circle' | 'square' | 'square-open' | 'diamond'
}

/** The colours of the modes that use them: one frame per request is sent raw, several in an envelope. */
const marks: Record<Encoding, Mark> = {
  raw: { colour: modeColour.server, symbol: 'circle' },
  base64: { colour: modeColour.client, symbol: 'square' },
  multipart: { colour: modeColour.client, symbol: 'square-open' },
}

/** Over gRPC both modes send frames raw. */
function markOf({ encoding, protocol }: SentAs): Mark {
  return protocol === 'grpc' ? { colour: modeColour.hybrid, symbol: 'diamond' } : marks[encoding]
}

/** t(b), the time in the handler against the frames of the batch: medians, the line fitted to them, residuals. */
export function serviceTimeFigure({ serviceTimes }: RunAnalysis): Figure | AbsentFigure {
  if (serviceTimes.length === 0) return { id, title, reason: requires.batchLog }
  if (isSinglePlace(serviceTimes.flatMap(({ sizes }) => sizes.map(({ frames }) => frames))))
    return { id, title, reason: 'Requires batches of at least two sizes: sweep `batching.batchSize`.' }
  const several = new Set(serviceTimes.map(({ server }) => server)).size > 1
  const nameOf = (one: EncodedServiceTime) =>
    several ? `${one.server}, ${formatSentAs(one)}` : formatSentAs(one)
  const fits = serviceTimes.flatMap((one) =>
    one.tauMs === undefined || one.alphaMs === undefined
      ? []
      : [
          `${nameOf(one)}: t(b) = ${one.tauMs.toFixed(1)} + ${one.alphaMs.toFixed(2)}·b ms (${formatFit(one.rSquared)})`,
        ],
  )
  return {
    id,
    title,
    caption:
      `Median time in the handler by frames in the batch${fits.length > 0 ? '; below, the residuals of the fitted line' : ''}. ` +
      (fits.length > 0 ? `${fits.join('; ')}. ` : 'No line is fitted to fewer than three batch sizes. ') +
      `N: ${serviceTimes.flatMap(({ sizes }) => sizes).reduce((sum, { batches }) => sum + batches, 0)} batches.`,
    traces: serviceTimes.flatMap((one) => {
      const { sizes } = one
      const { colour, symbol } = markOf(one)
      const fitted = sizes.filter(({ fittedMs }) => fittedMs !== undefined)
      const x = sizes.map(({ frames }) => frames)
      return [
        {
          type: 'scatter',
          mode: 'markers',
          name: nameOf(one),
          x,
          y: sizes.map(({ medianMs }) => medianMs),
          text: sizes.map(({ medianMs, batches }) => `${formatMs(medianMs)} ms<br>N ${batches} batches`),
          hovertemplate: '%{x} frames<br>%{text}',
          marker: { color: colour, symbol, size: 9 },
        },
        ...(fitted.length === 0 ? [] : fitTraces(fitted, markOf(one))),
      ]
    }),
    layout: {
      xaxis: {
        title: { text: 'frames in the batch' },
        zeroline: false,
        ...(fits.length > 0 && { anchor: 'y2' }),
      },
      yaxis: {
        title: { text: 'handler (ms)' },
        rangemode: 'tozero',
        zeroline: false,
        ...(fits.length > 0 && { domain: [0.36, 1] }),
      },
      ...(fits.length > 0 && {
        yaxis2: { title: { text: 'residual (ms)' }, domain: [0, 0.26], zeroline: true },
      }),
    },
    table: {
      columns: ['encoding', 'frames', 'median (ms)', 'fitted (ms)', 'ms per frame', 'N batches'],
      rows: serviceTimes.flatMap((one) =>
        one.sizes.map(({ frames, medianMs, fittedMs, batches }) => [
          nameOf(one),
          String(frames),
          formatMs(medianMs),
          formatMs(fittedMs),
          formatMs(medianMs / frames),
          String(batches),
        ]),
      ),
    },
  }
}

function formatFit(rSquared: number | undefined): string {
  return rSquared === undefined
    ? `no R² from fewer than ${fewestSizesForRSquared} batch sizes`
    : `R² ${rSquared.toFixed(4)}`
}

/** The fitted line, and below it the residual at each size. */
function fitTraces(
  fitted: { frames: number; medianMs: number; fittedMs?: number }[],
  { colour, symbol }: Mark,
): Figure['traces'] {
  const x = fitted.map(({ frames }) => frames)
  return [
    {
      type: 'scatter',
      mode: 'lines',
      showlegend: false,
      x,
      y: fitted.map(({ fittedMs }) => fittedMs!),
      line: { color: colour, width: 1.5, dash: 'dash' },
      hoverinfo: 'skip',
    },
    {
      type: 'scatter',
      mode: 'markers',
      showlegend: false,
      yaxis: 'y2',
      x,
      y: fitted.map(({ medianMs, fittedMs }) => medianMs - fittedMs!),
      hovertemplate: '%{x} frames<br>%{y:.2f} ms from the line',
      marker: { color: colour, symbol, size: 7 },
    },
  ]
}
