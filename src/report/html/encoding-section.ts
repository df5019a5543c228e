import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { html, type Html } from './html.js'
import { textTable } from './table.js'

/** What preparing and sending a frame costs the client, by encoding. */
export function encodingSection({ encodingCosts, measurements, plan }: RunAnalysis): Html | undefined {
  if (encodingCosts.length === 0 || measurements.length === 0) return undefined
  const modes = (encoding: string) =>
    [
      ...new Set(
        plan.points
          .filter(({ batching }) => batching.encoding === encoding)
          .map(({ batching }) => batching.mode),
      ),
    ].join(', ')
  const raw = encodingCosts.find(({ encoding }) => encoding === 'raw')?.bytesMean
  const fastest = Math.max(...measurements.map(({ fps }) => fps))
  return html`<section aria-labelledby="encoding">
    <h2 id="encoding">What does encoding cost the client?</h2>
    <p>
      Encoding is done once a frame before the clock starts, so no figure above holds it: a client that
      encodes live pays it on top. Measured on this machine.
    </p>
    ${textTable(
      'Encoding costs',
      [
        'encoding',
        'used by',
        'CPU a frame (µs)',
        'kB a frame',
        'against the JPEG',
        `Mbit/s at ${fastest.toFixed(0)} FPS`,
      ],
      encodingCosts.map(({ encoding, encodeUs, bytesMean }) => [
        encoding,
        modes(encoding),
        encodeUs.toPrecision(3),
        (bytesMean / 1000).toFixed(1),
        raw === undefined ? '' : `${(bytesMean / raw).toFixed(2)}×`,
        ((bytesMean * 8 * fastest) / 1e6).toFixed(1),
      ]),
    )}
  </section>`
}
