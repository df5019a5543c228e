import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cameraLoad, closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import { writeSimulatedRun } from '../../analysis/simulated-run-folder.test.support.js'
import { agentsOf, splitIntoSites } from '../../analysis/sites.test.support.js'
import { packageRoot } from '../../system/package-root.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { formatVerdict } from '../format/verdict.js'
import { isDrawn } from '../plots/figure.js'
import { compareRuns } from './comparison-page.js'
import type { WrittenRun } from '../samples/written-run.js'
import { openRunOutputs } from '../write-run-outputs.js'
import { reportHtml, type EmbeddedData } from './report-page.js'
import { figureGroups } from '../plots/report-figures.js'
import { findChromium } from './find-chromium.test.support.js'

const executablePath = findChromium()
// oxlint-disable-next-line no-console -- a skipped test ought to be seen
if (executablePath === undefined) console.warn('SKIPPED: there is no Chromium here to open the report in.')

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Opened {
  page: Page
  complaints: string[]
  requests: string[]
}

describe.skipIf(executablePath === undefined)('the report in a browser', () => {
  let browser: Browser
  let folder: string
  let analysis: WrittenRun
  /** The report as most tests look at it: light, 1280 wide. */
  let usual: Opened

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-report-'))
    await cp(join(packageRoot, 'fixtures/golden/run'), folder, { recursive: true })
    analysis = await openRunOutputs(folder).end()
    browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      args: ['--no-sandbox', '--disable-gpu'],
    })
    usual = await open()
  })

  afterAll(async () => {
    await browser.close()
    await rm(folder, { recursive: true })
  })

  /** Opens a page of the folder, waits until its plots are drawn, and collects what it complains of. */
  async function open(
    name = 'report.html',
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<Opened> {
    const page = await browser.newPage(options)
    const complaints: string[] = []
    const requests: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(join(folder, name)).href)
    if (options.javaScriptEnabled !== false)
      await page.waitForSelector('html.drawn', { state: 'attached', timeout: 60_000 })
    return { page, complaints, requests }
  }

  /** What axe finds in the page, with all that is folded in it. */
  async function seriousViolations(page: Page): Promise<string[]> {
    await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
    await page.evaluate(await readFile(axe, 'utf8'))
    const { violations } = await page.evaluate<{
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }>(`axe.run({ resultTypes: ['violations'] })`)
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    return serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }

  /** Labels, markers and legends that are cut off, and plots of which two axis titles overlap. */
  async function spoiltPlots(page: Page): Promise<Record<'cut' | 'overlapping', string[]>> {
    const cut = await page.evaluate<string[]>(`
      [...document.querySelectorAll('.plot')].flatMap((plot) => {
        const box = plot.getBoundingClientRect()
        return [...plot.querySelectorAll('svg :is(text, .point, .legend)')]
          .map((part) => ({ part, place: part.getBoundingClientRect() }))
          .filter(({ place }) => place.width > 0 && (place.right > box.right + 1 || place.left < box.left - 1))
          .map(({ part }) => plot.id + ': ' + part.textContent)
      })`)
    const overlapping = await page.evaluate<string[]>(`
      [...document.querySelectorAll('.plot')].flatMap((plot) => {
        const titles = [...plot.querySelectorAll('.xtitle, .x2title, .x3title')].map((title) => title.getBoundingClientRect())
        const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
        return titles.some((a, i) => titles.slice(i + 1).some((b) => !apart(a, b))) ? [plot.id] : []
      })`)
    return { cut, overlapping }
  }

  test('says the verdict and draws every plot, without an error and without the network', async () => {
    const { page, complaints, requests } = usual
    expect(await page.textContent('#verdict')).toBe(formatVerdict(analysis).headline)
    const figures = figureGroups(analysis)
      .flatMap(({ figures }) => figures)
      .filter(isDrawn)
    expect(figures.length).toBeGreaterThan(10)
    const undrawn: string[] = []
    for (const { id } of figures)
      if ((await page.locator(`#plot-${id} svg :is(path, image)`).count()) === 0) undrawn.push(id)
    expect(undrawn).toEqual([])
    expect(complaints).toEqual([])
    expect(requests.filter((url) => !/^(file|data|blob):/.test(url))).toEqual([])
  })

  test.each([
    ['wide', 1440, 'light'],
    ['narrow', 390, 'dark'],
  ])('fits a %s page, light and dark, reads well by axe, and cuts nothing off', async (_, width, readIn) => {
    const { page } = await open('report.html', { colorScheme: 'light', viewport: { width, height: 900 } })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      // A change draws the plots again, before the next frame of the screen.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
      const widest = await page.evaluate('document.documentElement.scrollWidth')
      expect(widest).toBeLessThanOrEqual(width)
      expect(await spoiltPlots(page)).toEqual({ cut: [], overlapping: [] })
      // It takes seconds. Contrast does not depend on the width, and the order of a page not on its colours.
      const violations = colorScheme === readIn ? await seriousViolations(page) : []
      expect(violations).toEqual([])
    }
    await page.close()
  })

  test('at 390 px no label, marker or legend of a plot is cut off, and no two axis titles overlap', async () => {
    const points = [closedLoad(16), cameraLoad(4), cameraLoad(8)].flatMap((load, i) =>
      (['server', 'client', 'hybrid'] as const).flatMap((mode, k) =>
        [4, 8].map((size, l) => pointOf(1 + 6 * i + 2 * k + l, mode, size, load)),
      ),
    )
    const wide = join(folder, 'three-modes')
    await writeSimulatedRun(wide, points, 1)
    await openRunOutputs(wide).end()
    await writeFile(join(folder, 'three-modes.html'), await compareRuns(wide, wide))
    for (const name of ['three-modes/report.html', 'three-modes.html']) {
      const { page } = await open(name, { viewport: { width: 390, height: 844 } })
      expect(await spoiltPlots(page)).toEqual({ cut: [], overlapping: [] })
      await page.close()
    }
  })

  test.each([1440, 390])('with sites, also of long names, it fits a page of %i px', async (width) => {
    const shares = {
      'site-a': 2,
      'a-site-with-a-name-that-is-as-long-as-a-name-can-be-63-characters': 1,
      local: 1,
    }
    const points = [pointOf(1, 'server', 4, closedLoad(16)), pointOf(2, 'server', 4, cameraLoad(8))]
    const run = join(folder, `sites-${width}`)
    await writeSimulatedRun(run, points, 3, undefined, (measurement, point) => {
      const agents = agentsOf(point, shares).map((agent) => ({ ...agent, labels: { zone: 'eu-central-1' } }))
      splitIntoSites(measurement, point, agents, { local: 40 })
    })
    const written = await openRunOutputs(run).end()
    const { page, complaints } = await open(`sites-${width}/report.html`, {
      viewport: { width, height: 900 },
    })
    const drawn = figureGroups(written)
      .flatMap(({ figures }) => figures)
      .filter((figure) => isDrawn(figure) && /site/.test(figure.id))
    expect(drawn.length).toBeGreaterThan(0)
    for (const { id } of drawn)
      expect(await page.locator(`#plot-${id} svg :is(path, image)`).count()).toBeGreaterThan(0)
    for (const site of Object.keys(shares)) expect(await page.textContent('body')).toContain(site)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(await spoiltPlots(page)).toEqual({ cut: [], overlapping: [] })
    expect(await seriousViolations(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('is readable without JavaScript: the verdict and each table are there, no empty plot is', async () => {
    const { page } = await open('report.html', { javaScriptEnabled: false })
    expect(await page.textContent('#verdict')).toBe(formatVerdict(analysis).headline)
    expect(await page.locator('section[aria-labelledby=results] tbody tr').count()).toBe(
      analysis.points.length,
    )
    expect(await page.locator('.plot:visible').count()).toBe(0)
    expect(await page.locator('details table').count()).toBeGreaterThan(10)
    await page.close()
  })

  test('every plot has its N and units on its axes', async () => {
    const { page } = usual
    for (const caption of await page.locator('figcaption').allTextContents())
      expect(caption).toMatch(/N:? \d/)
    const units = await page.locator('.ytitle, .xtitle').allTextContents()
    for (const unit of units) expect(unit).not.toBe('')
  })

  test('what a scenario calls itself is text, in the page and in the embedded data', async () => {
    const hostile = '</script><script>window.hacked = true</script><img src=x onerror="window.hacked = true">'
    const text = await reportHtml({
      ...analysis,
      run: hostile,
      scenario: { ...analysis.scenario, name: hostile, text: hostile },
      subjects: [{ server: { kind: 'url', label: hostile, details: { [hostile]: hostile } } }],
      environment: { [hostile]: hostile },
    })
    await writeFile(join(folder, 'hostile.html'), text)
    const { page, complaints } = await open('hostile.html')
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(await page.textContent('h1')).toBe(`Framestorm: ${hostile}`)
    const embedded: RunAnalysis = JSON.parse((await page.textContent('#run-data')) ?? '')
    expect(embedded.scenario.name).toBe(hostile)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('the embedded data is the analysis, aggregated and saying so, and can be saved', async () => {
    const { page } = usual
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-data')])
    expect(download.suggestedFilename()).toBe('analysis.json')
    const saved: EmbeddedData = JSON.parse(await readFile(await download.path(), 'utf8'))
    expect(saved.about).toMatch(/^Aggregated from all samples/)
    expect(saved.words).toEqual(formatVerdict(analysis))
    expect(saved.points).toHaveLength(analysis.points.length)
    expect(saved.points[0]!.fps!.median).toBeCloseTo(analysis.points[0]!.fps!.median, 4)
  })

  test('the numbers behind the comparison of answers stand in the details, not in the box at the top', async () => {
    const text = await reportHtml({
      ...analysis,
      subjects: analysis.subjects.map((subject) => ({
        ...subject,
        answerReference: {
          state: 'on',
          frames: 8,
          tolerance: 0.00013,
          noise: 0.00001,
          nearestDifferent: 0.013,
          power: 100,
        },
      })),
    })
    await writeFile(join(folder, 'answers.html'), text)
    const { page } = await open('answers.html', { javaScriptEnabled: false })
    expect(await page.textContent('dl.facts')).toContain('compared with the answers to 8 frames sent alone')
    expect(await page.textContent('section.verdict')).not.toMatch(/tolerance|power/)
    expect(await page.textContent('section[aria-labelledby=run]')).toContain('0.00013')
    await page.close()
  })

  test('an embedded server is stamped as simulated', async () => {
    const { page } = usual
    expect(await page.textContent('.stamp')).toBe('embedded (simulated)')
  })

  test('two runs stand side by side, what differs first', async () => {
    await writeFile(join(folder, 'two.html'), await compareRuns(folder, folder))
    const { page, complaints } = await open('two.html')
    expect(await page.textContent('#verdict')).toContain('1.00×')
    expect(await page.textContent('section[aria-labelledby=settings]')).toContain('None.')
    expect(await page.locator('.plot svg').count()).toBeGreaterThan(0)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('prints on white paper, whatever the screen', async () => {
    const { page } = usual
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
  })

  test('stays under 6 MB', async () => {
    expect((await stat(join(folder, 'report.html'))).size).toBeLessThan(6e6)
  })
})
