import assert from 'node:assert/strict'
import { errorCase, noResource } from './assert-error.js'
import { callServer } from './call-server.js'
import type { Case } from './case.js'
import { withModel } from './registered-model.js'
import { sendAt } from './send-at.js'

const allMetrics =
  'CPUUtilization DiskAvailable DiskUsage DiskUtilization GPUMemoryUsed GPUMemoryUtilization GPUUtilization ' +
  'HandlerTime MemoryAvailable MemoryUsed MemoryUtilization PredictionTime QueueTime Requests2XX Requests4XX ' +
  'Requests5XX WorkerLoadTime WorkerThreadTime ts_inference_latency_microseconds ts_inference_requests_total ' +
  'ts_queue_latency_microseconds'

function metricNames(text: string): string {
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1]!)
  return names.toSorted((a, b) => (a < b ? -1 : 1)).join(' ')
}

/** The metrics API in metrics_mode=prometheus. */
export const metricsCases: Case[] = [
  errorCase('an unknown path of the metrics API', 'metrics', { path: '/nobody' }, noResource),
  {
    name: 'metrics: labels with a trailing comma, requests counted on arrival, latencies on success only',
    check: (target) =>
      withModel(target, 'failing', { serverBatchSize: 1, maxBatchDelayMs: 100 }, async (model) => {
        const statuses = [await sendAt(target, model, [0]), await sendAt(target, model, [0])].flat()
        assert.deepEqual(
          statuses.map((answer) => answer?.status),
          [200, 503],
        )
        const answer = await callServer({ port: target.metricsPort, path: '/metrics' })
        assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
        const lines = answer.body.split('\n')
        const labels = `{model_name="${model}",model_version="default",hostname="`
        const sum = (name: string) => lines.find((line) => line.startsWith(`${name}${labels}`)) ?? name
        assert.match(sum('ts_inference_requests_total'), /",\} 2(?:\.0)?$/)
        const latencyUs = Number(sum('ts_inference_latency_microseconds').split('} ')[1])
        assert.ok(latencyUs > 10_000 && latencyUs < 1e6, `a latency of ${latencyUs} µs`)
        assert.match(sum('ts_queue_latency_microseconds'), /",\} [\d.E+-]+$/i)
        const prefixes = [
          'Requests5XX{Level="Host",Hostname="',
          `PredictionTime{ModelName="${model}",Level="Model",Hostname="`,
          'WorkerLoadTime{WorkerName="W-',
        ]
        for (const prefix of prefixes)
          assert.ok(
            lines.some((line) => line.startsWith(prefix)),
            prefix,
          )
        assert.equal(metricNames(answer.body), allMetrics)
        return `${allMetrics.split(' ').length} metrics`
      }),
  },
]
