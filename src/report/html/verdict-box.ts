import type { RunAnalysis } from '../../statistics/run-analysis.js'
import { restsOn } from '../rests-on.js'
import { html, type Html } from './html.js'

/** The answer, its numbers, its caveats and what it rests on. */
export function verdictBox(analysis: RunAnalysis): Html {
  const { words, verdict, exitCode } = analysis
  const kind = exitCode === 0 ? verdict.answer : 'invalid'
  return html`<section class="verdict ${kind}" aria-labelledby="verdict">
    <h2 id="verdict">${words.headline}</h2>
    <p class="text">${words.paragraph.join(' ')}</p>
    ${
      words.caveats.length > 0 &&
      html`<ul class="caveats">
        ${words.caveats.map((text) => html`<li>${text}</li>`)}
      </ul>`
    }
    <dl class="facts">
      ${restsOn(analysis).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </section>`
}
