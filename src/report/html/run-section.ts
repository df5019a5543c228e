import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { html, type Html } from './html.js'
import { textTable } from './table.js'

/** Plan, scenario and environment: enough to do it again. */
export function runSection(analysis: RunAnalysis): Html {
  const { plan, scenario, environment, server, seed, framestormVersion, model, video } = analysis
  const facts = [
    ['framestorm', framestormVersion],
    ['seed', String(seed)],
    ['scenario hash', scenario.hash],
    ...(video === undefined ? [] : [['video hash', video.hash]]),
    ...(model?.archiveHash === undefined ? [] : [['model archive hash', model.archiveHash]]),
    ...Object.entries(environment),
    ...Object.entries(server?.details ?? {}),
  ]
  const files = [
    'points.csv',
    'requests.csv',
    ...(plan.points.some(({ load }) => load.kind === 'cameras') ? ['frames.csv'] : []),
    ...(analysis.measurements.some(({ batchFormedMean }) => batchFormedMean !== undefined)
      ? ['batches.csv']
      : []),
    ...(analysis.measurements.some(({ machine }) => machine.length > 0) ? ['machine.csv'] : []),
    'summary.md',
    'run.json',
  ]
  const leftOut = [...plan.impossible, ...plan.merged].map(({ cell, reason }) => [cell, reason])
  return html`<section aria-labelledby="run">
    <h2 id="run">Plan, scenario and environment</h2>
    <p>
      ${plan.points.length} points, ${plan.order.length} measurements planned in seeded random order, so that
      drift of the machine favours no mode.
    </p>
    <h3>Environment</h3>
    ${textTable('Environment', ['what', 'value'], facts)}
    ${
      leftOut.length > 0 &&
      html`<h3>Cells not measured</h3>
        ${textTable('Cells not measured', ['cell', 'why'], leftOut)}`
    }
    <h3>Scenario</h3>
    <pre tabindex="0">${scenario.text}</pre>
    <h3>Files of this run</h3>
    <ul class="files">
      ${files.map((name) => html`<li><a href="${name}">${name}</a></li>`)}
      <li><button id="save-data" type="button">Save the analysis as JSON</button></li>
    </ul>
  </section>`
}
