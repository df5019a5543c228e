import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { RunAnalysis } from '../../statistics/run-analysis.js'
import { serverLabel } from '../../statistics/run-analysis.js'
import { isDrawn } from '../plots/figure.js'
import { fpsByBatchSize } from '../plots/fps-by-batch-size.js'
import { frameLatencyByCameras } from '../plots/frame-latency-by-cameras.js'
import { frameLatencyByBatchSize, requestLatencyByBatchSize } from '../plots/latency-by-batch-size.js'
import { latencyDistribution, percentileCurve } from '../plots/latency-distribution.js'
import { drawPlots } from './draw-plots.js'
import { figuresSection } from './figures-section.js'
import { findingsSection } from './findings-section.js'
import { Html, html, jsonScript } from './html.js'
import { pageStyle } from './page-style.js'
import { resultsSection } from './results-section.js'
import { runSection } from './run-section.js'
import { verdictBox } from './verdict-box.js'

/** One HTML file that needs nothing else: no network, and without JavaScript the verdict and all tables. */
export async function reportHtml(analysis: RunAnalysis): Promise<string> {
  const which = [
    fpsByBatchSize(analysis),
    requestLatencyByBatchSize(analysis),
    frameLatencyByCameras(analysis),
    frameLatencyByBatchSize(analysis),
    latencyDistribution(analysis),
    percentileCurve(analysis),
  ]
  const figures = which.filter(isDrawn).map(({ id, traces, layout }) => ({ id, traces, layout }))
  const simulated = analysis.server?.kind === 'embedded'
  const page = html`<!doctype html>
    <html lang="en" class="noscript">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
        />
        <title>${analysis.scenario.name}: Framestorm report</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Html(pageStyle)}
        </style>
      </head>
      <body>
        <a class="skip" href="#verdict">Skip to the verdict</a>
        <header>
          <h1>Framestorm: ${analysis.scenario.name}</h1>
          <span class="stamp ${simulated ? 'simulated' : ''}">${serverLabel(analysis)}</span>
        </header>
        <main>
          ${verdictBox(analysis)} ${figuresSection('plots', 'Server or client, and which batch?', which)}
          ${resultsSection(analysis)}
          <section aria-labelledby="trust">
            <h2 id="trust">May it be believed?</h2>
            ${findingsSection(analysis)}
          </section>
          ${runSection(analysis)}
          <section aria-labelledby="files">
            <h2 id="files">Files of this run</h2>
            <ul class="files">
              <li><a href="points.csv">points.csv</a></li>
              <li><a href="requests.csv">requests.csv</a></li>
              <li><a href="summary.md">summary.md</a></li>
              <li><a href="run.json">run.json</a></li>
              <li><button id="save-data" type="button">Save the analysis as JSON</button></li>
            </ul>
          </section>
        </main>
        <footer>Framestorm ${analysis.framestormVersion}, run ${analysis.run}, ${analysis.startedAt}</footer>
        ${jsonScript('run-data', analysis)} ${jsonScript('figures', figures)}
        <script>
          ${new Html(await plotly())}
        </script>
        <script>
          ;(${new Html(drawPlots.toString())})(window)
        </script>
      </body>
    </html> `
  return page.text
}

/** Plotly's own minified bundle. It has no `</script`, and a test holds it to that. */
async function plotly(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('plotly.js-dist-min')
  return readFile(file, 'utf8')
}
