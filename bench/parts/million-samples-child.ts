import { readManifest } from '../../src/run/run-folder.js'
import { collectMeasurements } from '../../src/analysis/analyse-run.js'
import { readMeasurement } from '../../src/run/read-measurement.js'

/* Reads the run folder of its argument and computes all that a report says. Prints the time and the memory. */
const folder = process.argv[2] ?? ''
const began = performance.now()
const manifest = await readManifest(folder)
const record = manifest.measurements[0]!
const collection = collectMeasurements()
collection.add(await readMeasurement(folder, manifest, record))
const fps = collection.analyse(folder, manifest).measurements[0]!.fps
const figures = {
  totalMs: performance.now() - began,
  maxRssBytes: process.resourceUsage().maxRSS * 1024,
  fps,
}
process.stdout.write(JSON.stringify(figures))
