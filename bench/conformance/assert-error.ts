import assert from 'node:assert/strict'
import { z } from 'zod'
import { callServer, type Answer, type Call } from './call-server.js'
import type { Case } from './case.js'
import { parseBody } from './json.js'
import type { Target } from './target.js'

export interface ExpectedError {
  status: number
  /** Simple name of the Java exception. */
  type: string
  message: string | RegExp
}

const errorSchema = z.strictObject({ code: z.int(), type: z.string(), message: z.string() })

/** Checks status and JSON of a frontend error, and that its connection was closed. */
export function assertError(answer: Answer | undefined, { status, type, message }: ExpectedError): void {
  assert.ok(answer !== undefined, 'no answer')
  assert.equal(answer.status, status, answer.body)
  assert.equal(answer.headers.get('content-type'), 'application/json')
  const error = parseBody(errorSchema, answer)
  assert.deepEqual(Object.keys(error), ['code', 'type', 'message'])
  assert.equal(error.code, status)
  assert.equal(error.type, type)
  if (typeof message === 'string') assert.equal(error.message, message)
  else assert.match(error.message, message)
  assert.equal(answer.headers.get('connection'), 'close')
  assert.ok(answer.closed, 'the connection stayed open')
}

export type Api = 'inference' | 'management' | 'metrics'

function portOf(target: Target, api: Api): number {
  const { inferencePort, managementPort, metricsPort } = target
  return { inference: inferencePort, management: managementPort, metrics: metricsPort }[api]
}

/** A call that needs no model and must fail. */
export function errorCase(name: string, api: Api, call: Omit<Call, 'port'>, expected: ExpectedError): Case {
  return {
    name,
    async check(target) {
      assertError(await callServer({ port: portOf(target, api), ...call }), expected)
      return `${expected.status} ${expected.type}`
    },
  }
}

export const noResource: ExpectedError = {
  status: 404,
  type: 'ResourceNotFoundException',
  message: 'Requested resource is not found, please refer to API document.',
}

export const notAllowed: ExpectedError = {
  status: 405,
  type: 'MethodNotAllowedException',
  message: 'Requested method is not allowed, please refer to API document.',
}

export function modelNotFound(message: string): ExpectedError {
  return { status: 404, type: 'ModelNotFoundException', message }
}

/** One text for a model without workers and for one whose queue is full. */
export function noWorker(model: string): ExpectedError {
  const text =
    `^Model "${model}" has no worker to serve inference request\\. ` +
    'Please use scale workers API to add workers\\. If this is a sequence inference'
  return { status: 503, type: 'ServiceUnavailableException', message: new RegExp(text) }
}
