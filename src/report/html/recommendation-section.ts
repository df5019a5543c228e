import type { Recommendation } from '../../capacity/recommend/recommendation.js'
import { capitalize } from '../format/format.js'
import type { RecommendedRun } from '../../capacity/recommend/recommended-run.js'
import { formatRecommendation } from '../format/recommendation.js'
import { linesToType, serverOf, settingFacts } from '../format/settings-to-type.js'
import type { Figure } from '../plots/figure.js'
import { camerasBySetting } from '../plots/cameras-by-setting.js'
import { html, type Html } from './html.js'
import { caveatsHtml, factsHtml, figureHtml } from './page.js'

/** The setting to use, what speaks for it, what to type, and the cameras that each setting carries. */
export function recommendationSection(
  analysis: RecommendedRun,
  recommendation: Recommendation,
): { section: Html; figures: Figure[] } {
  const { headline, sentences, notes, soundCommand } = formatRecommendation(recommendation, analysis)
  const { batching } = recommendation.setting.point
  const figure = camerasBySetting(recommendation)
  const server = serverOf(recommendation, analysis)
  const lines = linesToType(recommendation, server)
  const section = html`<section
    class="verdict alone ${batching.batchSize === 1 ? '' : batching.mode}"
    aria-labelledby="recommendation"
  >
    <h2 id="recommendation">${capitalize(headline)}</h2>
    ${factsHtml('setting', settingFacts(recommendation, server))}
    <p class="text">${sentences.join(' ')}</p>
    ${caveatsHtml(notes)}
    <div class="choice">
      <div>
        ${
          soundCommand !== undefined &&
          html`<h3>For a sound recommendation</h3>
            <pre tabindex="0">${soundCommand}</pre>`
        }
        ${lines.map(
          (part) =>
            html`<h3>${part.title}</h3>
              <pre tabindex="0">${part.lines.join('\n')}</pre>
              ${part.note !== undefined && html`<p class="quiet">${part.note}</p>`}`,
        )}
      </div>
      ${figureHtml(figure)}
    </div>
  </section>`
  return { section, figures: [figure] }
}
