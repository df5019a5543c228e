import { figuresSection, pageHtml } from '../html/page.js'
import { html, renderHtmlTable, type Html } from '../html/html.js'
import { plural } from '../../system/plural.js'
import type { Figure } from '../plots/figure.js'
import { lineDash, modeColour } from '../plots/series.js'
import { planFleet } from '../../capacity/size/plan-fleet.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import type { SizedSetting } from '../../capacity/size/size-setting.js'
import { sizeHeadline, sizeNotes, sizeTables, soundPlanAdvice } from './size-words.js'

/** The page of a plan: one file, readable without JavaScript. */
export async function sizeHtml(plan: SizePlan): Promise<string> {
  const best = plan.settings[0]!
  const figures = [fleetFigure(plan, best)]
  const body = html`<header>
      <h1>Framestorm size: ${plan.run}</h1>
      <span class="stamp ${plan.server.includes('simulated') ? 'simulated' : ''}">${plan.server}</span>
    </header>
    <main>
      <section class="verdict alone" id="verdict" aria-label="Verdict">
        <div>
          <h2>${sizeHeadline(plan)}</h2>
          <p class="text">${best.setting}</p>
          <ul class="caveats">
            ${sizeNotes(plan, best).map((note) => html`<li>${note}</li>`)}
          </ul>
          ${
            plan.soundCommand !== undefined &&
            html`<p class="text">${soundPlanAdvice}</p>
              <pre>${plan.soundCommand}</pre>`
          }
        </div>
      </section>
      ${figuresSection({ id: 'how-many-servers', title: 'How many servers?', figures })}
      ${plan.settings.map(settingSection)}
      ${
        plan.leftOut.length > 0 &&
        html`<h2>Left out</h2>
          <ul class="absent">
            ${plan.leftOut.map(({ setting, reason }) => html`<li><b>${setting}</b> ${reason}</li>`)}
          </ul>`
      }
    </main>
    <footer>From run ${plan.run}</footer>`
  return pageHtml({ title: `${plan.run}: Framestorm size`, body, figures, data: plan })
}

function settingSection(sized: SizedSetting): Html {
  const { setting, capacity } = sized
  return html`<h2>${setting}</h2>
    <p>One server carries ${plural(capacity.cameras, 'camera')} (${capacity.basis}: ${capacity.how}).</p>
    ${sizeTables(sized).map(
      (table) =>
        html`<h3>${table.label}</h3>
          ${renderHtmlTable({ ...table, label: `${table.label} of ${setting}` })}`,
    )}`
}

/** Servers for up to twice the number of cameras in question. */
function fleetFigure(
  { question }: SizePlan,
  { camerasPerServer, step, setting, capacity, estimate }: SizedSetting,
): Figure {
  const places = 40
  const cameras = Array.from({ length: places }, (_, i) =>
    Math.max(1, Math.round(((i + 1) * 2 * question.cameras) / places)),
  )
  const servers = (spares: number) =>
    cameras.map(
      (number) =>
        planFleet({
          cameras: number,
          capacity: camerasPerServer,
          maxUtilization: question.maxUtilization,
          spares,
          step,
        }).servers,
    )
  const lines = [0, 1, 2].map((spares) => ({ spares, servers: servers(spares) }))
  return {
    id: 'servers-by-cameras',
    title: 'How many servers for how many cameras?',
    caption: `${setting}, ${question.fps} fps, from the ${capacity.basis} planning capacity of one server${estimate === 'rough' ? ', a rough estimate' : ''}.`,
    traces: lines.map((line) => ({
      type: 'scatter',
      mode: 'lines',
      name: `N+${line.spares}`,
      x: cameras,
      y: line.servers,
      line: { shape: 'hv', color: modeColour.server, dash: lineDash(line.spares), width: 2 },
    })),
    layout: {
      xaxis: { title: { text: 'cameras' }, rangemode: 'tozero' },
      yaxis: { title: { text: 'servers' }, rangemode: 'tozero' },
      shapes: [
        {
          type: 'line',
          yref: 'paper',
          x0: question.cameras,
          x1: question.cameras,
          y0: 0,
          y1: 1,
          line: { color: '#cc79a7', width: 2, dash: 'longdash' },
        },
      ],
    },
    table: {
      columns: ['cameras', ...lines.map(({ spares }) => `servers N+${spares}`)],
      rows: cameras.map((number, i) => [String(number), ...lines.map((line) => String(line.servers[i]))]),
    },
  }
}
