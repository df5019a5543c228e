import { analyseMeasurements } from '../analysis/analyse-simulated.test.support.js'
import { expect, test } from 'vitest'
import { measurementInput } from '../run/read-measurement.js'
import {
  cameraLoad,
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../analysis/simulated-run.test.support.js'
import { summaryMarkdown } from './summary-markdown.js'

test('nothing from a run becomes markup: neither HTML nor Markdown, nor a cell of its own', async () => {
  const point = pointOf(1, 'server', 4, closedLoad(16))
  const { record, samples } = simulateMeasurement(point)
  record.notes = ['a note with | a bar and <img src=x>']
  const manifest = manifestOf([point], [record], '<script>alert(1)</script> *bold* [link](x)')
  const analysis = analyseMeasurements('run', manifest, [measurementInput(manifest, record, samples)])
  const text = summaryMarkdown(analysis)
  expect(text.split('\n')[0]).toBe(String.raw`# &lt;script&gt;alert(1)&lt;/script&gt; \*bold\* \[link\](x)`)
  expect(text).not.toMatch(/<(script|img)/)
  expect(text).toContain(String.raw`a note with \| a bar and &lt;img src=x&gt;`)
})

test('under camera load, the frames offered per second stand beside those answered', async () => {
  const point = pointOf(1, 'server', 4, cameraLoad(3, 5))
  const { record, samples } = simulateMeasurement(point)
  const manifest = manifestOf([point], [record])
  const analysis = analyseMeasurements('run', manifest, [measurementInput(manifest, record, samples)])
  expect(summaryMarkdown(analysis)).toMatch(/\| offered \| FPS \|/)
})

test('a run without a finished measurement says so', async () => {
  const point = pointOf(1, 'server', 4, closedLoad(16))
  const { record, samples } = simulateMeasurement(point)
  record.complete = false
  const manifest = manifestOf([point], [record])
  const analysis = analyseMeasurements('run', manifest, [measurementInput(manifest, record, samples)])
  expect(summaryMarkdown(analysis)).toContain('No measurement was completed')
})
