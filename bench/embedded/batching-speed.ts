import { ModelWorkers } from '../../src/batching/model-workers.js'

/*
 * How fast the batching module is by itself: the arrivals of 10,000 cameras at 10 fps over 60 s. Argument: workers.
 */
const arrivals = 6_000_000
const gapMs = 0.01
const workers = Number(process.argv[2] ?? 150)
let batches = 0
const model = new ModelWorkers<number>(
  { serverBatchSize: 8, maxBatchDelayMs: 20, queueCapacity: 1e6, responseTimeoutMs: Infinity, loadMs: 0 },
  {
    serviceMs: () => 10,
    ended: () => {
      batches++
    },
  },
)
model.scaleTo(0, workers)
const before = process.cpuUsage()
for (let job = 0; job < arrivals; job++) model.arrive(job * gapMs, job)
while (model.nextMs < Infinity) model.advanceTo(model.nextMs)
// CPU time: what else the machine does is none of the module's.
const { user, system } = process.cpuUsage(before)
const rssMb = process.memoryUsage().rss / 1e6
process.stdout.write(
  `${arrivals} arrivals, ${batches} batches, ${workers} workers: ${((user + system) / 1e6).toFixed(2)} s of CPU, ${rssMb.toFixed(0)} MB\n`,
)
