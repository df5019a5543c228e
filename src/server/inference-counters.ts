import type { RequestedModel } from './endpoint.js'
import type { Access } from './access.js'
import { sendHttp } from './send-http.js'

/**
 * TorchServe's counters of one model since its start (ts/configs/metrics.yaml), of the requested version, or else summed
 * over all. It
 * has no metric of batch sizes.
 */
interface InferenceCounters {
  /** Predictions that arrived, including rejected ones. */
  requests: number
  /** Time from a request's last byte to its answer, summed over the successful requests, µs. */
  inferenceUs: number
  /** Time in the queue and in the batch being collected, summed over the successful requests, µs. */
  queueUs: number
}

const names: Record<keyof InferenceCounters, string> = {
  requests: 'ts_inference_requests_total',
  inferenceUs: 'ts_inference_latency_microseconds',
  queueUs: 'ts_queue_latency_microseconds',
}

/**
 * Parses the counters. A model without requests has no sample, and its counters are 0. Undefined if the endpoint has
 * none of these metrics: in TorchServe's default mode, `log`, its text is empty.
 */
export function inferenceCounters(
  exposition: string,
  { name: modelName, version }: RequestedModel,
): InferenceCounters | undefined {
  if (!exposition.includes(names.requests)) return undefined
  const samples = parseExposition(exposition).filter(
    ({ labels }) =>
      labels['model_name'] === modelName && (version === undefined || labels['model_version'] === version),
  )
  const total = (name: string) =>
    samples.reduce((sum, sample) => (sample.name === name ? sum + sample.value : sum), 0)
  return {
    requests: total(names.requests),
    inferenceUs: total(names.inferenceUs),
    queueUs: total(names.queueUs),
  }
}

/** The difference between two readings; undefined if the server was restarted and counts from 0 again. */
export function countedBetween(
  before: InferenceCounters,
  after: InferenceCounters,
): InferenceCounters | undefined {
  const grown = {
    requests: after.requests - before.requests,
    inferenceUs: after.inferenceUs - before.inferenceUs,
    queueUs: after.queueUs - before.queueUs,
  }
  return Object.values(grown).some((difference) => difference < 0) ? undefined : grown
}

/** One line of a metrics endpoint. */
interface MetricSample {
  name: string
  labels: Record<string, string>
  value: number
}

const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/g

/**
 * Parses Prometheus' text format (version 0.0.4) as TorchServe's simpleclient writes it: with a comma after the last
 * label, and numbers as Java prints doubles. Other lines are skipped.
 */
export function parseExposition(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const match = line.startsWith('#') ? null : sampleLine.exec(line.trim())
    if (match === null) return []
    const [, name = '', labels = '', number = ''] = match
    const value = number.endsWith('Inf') ? Number(number.replace('Inf', 'Infinity')) : Number(number)
    if (Number.isNaN(value)) return []
    const pairs: Record<string, string> = {}
    for (const [, key = '', quoted = ''] of labels.matchAll(label)) pairs[key] = unescaped(quoted)
    return [{ name, labels: pairs, value }]
  })
}

function unescaped(quoted: string): string {
  return quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

const timeoutMs = 3000

/** The current counters of a model; undefined if the endpoint does not answer or has no counters. */
export async function readCounters(
  metricsUrl: string | undefined,
  model: RequestedModel,
  access: Access = {},
): Promise<InferenceCounters | undefined> {
  if (metricsUrl === undefined) return undefined
  try {
    const url = metricsEndpoint(metricsUrl)
    const signal = AbortSignal.timeout(timeoutMs)
    const { status, body } = await sendHttp({ url, access, api: 'inference', method: 'GET', signal })
    return status === 200 ? inferenceCounters(body.toString(), model) : undefined
  } catch {
    // Metrics are optional: a measurement without them is valid.
    return undefined
  }
}

/** Users often pass the address of the metrics API without its path, as for the other APIs. */
function metricsEndpoint(metricsUrl: string): URL {
  const url = new URL(metricsUrl)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url
}
