import { join } from 'node:path'
import { readManifest } from '../../src/run/run-folder.js'
import { readSamples } from '../../src/run/read-samples.js'
import { collectMeasurements } from '../../src/analysis/analyse-run.js'
import { measurementInput } from '../../src/run/read-measurement.js'

/* Reads the run folder of its argument and computes all that a report says. Prints the time and the memory. */
const folder = process.argv[2] ?? ''
const began = performance.now()
const manifest = await readManifest(folder)
const record = manifest.measurements[0]!
const samples = await readSamples(join(folder, record.sampleFile))
const readMs = performance.now() - began
const collection = collectMeasurements()
collection.add(measurementInput(manifest, record, samples))
const fps = collection.analyse(folder, manifest).measurements[0]!.fps
const figures = {
  readMs,
  totalMs: performance.now() - began,
  maxRssBytes: process.resourceUsage().maxRSS * 1024,
  fps,
}
process.stdout.write(JSON.stringify(figures))
