import { inferServices } from './model-infer.js'
import type { Tensor } from './tensor-contents.js'

/** An output as in JSON, where a value may be of any kind. */
type Output = Omit<Tensor, 'data'> & { data: unknown[] }

/**
 * The outputs of an inference as JSON: one result per row, if all outputs have as many rows. A result is the value or the
 * values of the only output, or else a mapping with those of each. If the outputs have different numbers of rows, all of
 * them are one result.
 */
function resultsOfOutputs(outputs: readonly Output[]): unknown {
  const rows = outputs[0]?.shape[0]
  const isListed = rows !== undefined && rows > 0 && outputs.every(({ shape }) => shape[0] === rows)
  if (!isListed) return Object.fromEntries(outputs.map(({ name, data }) => [name, data.map(readable)]))
  const resultAt = (row: number) => {
    const values = outputs.map(({ name, data }): [string, unknown] => {
      const width = data.length / rows
      const own = data.slice(row * width, (row + 1) * width).map(readable)
      return [name, own.length === 1 ? own[0] : own]
    })
    return values.length === 1 ? values[0]![1] : Object.fromEntries(values)
  }
  return Array.from({ length: rows }, (_, row) => resultAt(row))
}

/** Texts that are JSON are read, such as those with which TorchServe answers. */
function readable(value: unknown): unknown {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value
  if (typeof text === 'bigint') return Number(text)
  if (typeof text !== 'string' || !/^[{["]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function asBody(results: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(results))
}

/**
 * The results in the message ModelInferResponse, as JSON.
 *
 * @throws Error if the bytes are no such message
 */
export function inferResults(message: Uint8Array): Uint8Array {
  return asBody(resultsOfOutputs(inferServices.standard.modelInfer.decodeResponse(message).outputs))
}

/**
 * The results in the JSON of an inference response. Another answer is returned as it is: over HTTP, TorchServe passes on
 * what a handler returns.
 *
 * @throws Error if the body is no JSON
 */
export function inferResultsOfJson(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const outputs = outputsOf(JSON.parse(text))
  if (outputs === undefined) return body
  return asBody(resultsOfOutputs(outputs.map((output) => ({ ...output, data: output.data.flat(Infinity) }))))
}

/**
 * The outputs in an answer of the open inference protocol; undefined if it is none. Load threads read each answer with it,
 * and start without zod.
 */
export function outputsOf(answer: unknown): Output[] | undefined {
  if (!isMapping(answer) || !Array.isArray(answer['outputs'])) return undefined
  const outputs: Output[] = []
  for (const output of answer['outputs'] as unknown[]) {
    if (!isMapping(output)) return undefined
    const { name, datatype, shape, data } = output
    if (typeof name !== 'string' || typeof datatype !== 'string' || !Array.isArray(data)) return undefined
    if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) return undefined
    outputs.push({ name, datatype, shape, data })
  }
  return outputs
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
