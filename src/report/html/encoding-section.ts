import { distinct, type RunAnalysis } from '../../analysis/analyse-run.js'
import { isSentAs, type EncodingCost } from '../../frames/payload/measure-encoding-cost.js'
import { formatKilobytes, formatRatio, formatSentAs } from '../format/format.js'
import { tableOfTexts } from '../table/table.js'
import { html, renderHtmlTable, type Html } from './html.js'

/** Client CPU and bytes per frame, by encoding and protocol. */
export function encodingSection({ encodingCosts, measurements, plan }: RunAnalysis): Html | undefined {
  if (encodingCosts.length === 0 || measurements.length === 0) return undefined
  const modes = (cost: EncodingCost) =>
    distinct(
      plan.points.filter(({ batching }) => isSentAs(cost, batching)).map(({ batching }) => batching.mode),
    ).join(', ')
  const raw = encodingCosts.find((cost) => isSentAs(cost, { encoding: 'raw' }))?.bytesMean
  const fastest = Math.max(...measurements.map(({ fps }) => fps))
  return html`<section aria-labelledby="encoding">
    <h2 id="encoding">What does encoding cost the client?</h2>
    <p>
      Frames are encoded once, before the clock starts, so no figure above includes this cost. A client that
      encodes live pays it in addition. Measured on this machine.
    </p>
    ${renderHtmlTable(
      tableOfTexts(
        'Encoding costs',
        [
          'encoding',
          'used by',
          'CPU per frame (µs)',
          'bytes per frame',
          'size ÷ JPEG',
          `Mbit/s at ${fastest.toFixed(0)} FPS`,
        ],
        encodingCosts.map((cost) => [
          formatSentAs(cost),
          modes(cost),
          cost.encodeUs.toPrecision(3),
          formatKilobytes(cost.bytesMean),
          formatRatio(raw && cost.bytesMean / raw),
          ((cost.bytesMean * 8 * fastest) / 1e6).toFixed(1),
        ]),
      ),
    )}
  </section>`
}
