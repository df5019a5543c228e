import { capacityCriteria } from '../../src/capacity/verdict/capacity-criteria.js'
import { judgeDraws } from '../../src/capacity/verdict/judge-draws.js'
import { measuredRun } from '../../src/capacity/verdict/camera-run.js'
import { summariseMeasurement } from '../../src/analysis/measurement-summary.js'
import { readManifest } from '../../src/run/run-folder.js'
import { readMeasurement } from '../../src/run/read-measurement.js'

/* Judges the only measurement of a run as a window of a capacity search. */
const folder = process.argv[2] ?? ''
const manifest = await readManifest(folder)
const input = await readMeasurement(folder, manifest, manifest.measurements[0]!)
const { summary } = summariseMeasurement(input)
const slo = { latencyMs: 100, percentile: 99 }
const { decision } = judgeDraws([measuredRun({ input, summary }, { slo })], capacityCriteria(slo))
process.stdout.write(decision)
