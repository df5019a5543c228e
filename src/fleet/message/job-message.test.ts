import { expect, test } from 'vitest'
import { smallCameraLoad, smallJob } from '../../load/testing/small-job.test.support.js'
import { loopbackEndpoint } from '../../server/endpoint.js'
import { UserError } from '../../system/user-error.js'
import { withValue } from '../testing/with-value.test.support.js'
import { jobFromMessage, jobMessage, jobToMessage } from './job-message.js'
import { encodeMessage, parseMessage } from './parse-message.js'

const endpoint = loopbackEndpoint(8080, { name: 'm' })
const slice = { agent: 0, agents: 2, firstClient: 0, clients: 1 }
const address = { agent: 'site-a', agentId: 'id-1', run: 'run-1', measurement: 'm-1' }
const payload = { sha256: 'a'.repeat(64), bytes: 10 }
const job = { ...smallJob(endpoint, 'a file of the coordinator'), slice }

function send(changes: object = {}, endpointChanges: object = {}) {
  return jobToMessage({ ...job, ...changes, endpoint: { ...endpoint, ...endpointChanges } }, address, {
    payload,
  })
}

/** What an agent says to a message of which a value was changed on its way. */
function refusal(path: string, value: unknown): string | undefined {
  const parsed = parseMessage(jobMessage, withValue(send(), path, value))
  return 'refused' in parsed ? parsed.refused : undefined
}

test.each([
  ['a closed load', {}],
  ['cameras', { load: smallCameraLoad(), slice: { ...slice, firstClient: 2, clients: 2 } }],
  ['passes', { extent: { passes: 3 } }],
  ['threads that the warm-up determines', { threads: { most: 4, busyShare: 0.7 } }],
  ['no answers to read', { answer: 'none' }],
])('a job arrives as it was sent: %s', (_, changes) => {
  const parsed = parseMessage(jobMessage, encodeMessage(send(changes)))
  if ('refused' in parsed) throw new Error(parsed.refused)
  const parts = { payload: job.payload, comparison: undefined, sampleFile: 'a file of the agent' }
  expect(jobFromMessage(parsed.message, parts)).toEqual({ ...job, ...changes, ...parts })
})

test('a job names variables, and no file of the coordinator', () => {
  const message = send({}, { headers: { 'x-api-key': '$env:API_KEY', host: 'app' }, tokenEnv: 'TOKEN' })
  expect(message.endpoint).toMatchObject({ headers: { 'x-api-key': '$env:API_KEY' }, tokenEnv: 'TOKEN' })
  expect(JSON.stringify(message)).not.toContain('a file of the coordinator')
})

test.each(['tokenFile', 'caFile', 'certFile', 'keyFile'])('a job with %s is not sent', (field) => {
  expect(() => send({}, { [field]: '/etc/secret' })).toThrow(UserError)
  expect(() => send({}, { [field]: '/etc/secret' })).toThrow(`agents cannot read the file in ${field}`)
})

test.each([
  ['x-api-key', 'abc'],
  ['Authorization', 'Bearer abc'],
  ['cookie', 'a=b'],
  ['x-tenant', 'd41d8cd98f00b204e9800998ecf8427e'],
])('a header that may hold a secret is not sent: %s', (name, value) => {
  expect(() => send({}, { headers: { [name]: value } })).toThrow('it may be a secret')
  expect(refusal('endpoint.headers', { [name]: value })).toContain('may be a secret')
})

test.each([
  ['a job cannot name a file', 'endpoint.tokenFile', '/etc/passwd'],
  ['an unknown field', 'sampleFile', '/etc/passwd'],
  ['an unknown field', 'command', 'rm'],
  ['not a host', 'endpoint.host', 'a\r\nb'],
  ['not a path', 'endpoint.path', '/a HTTP/1.1\r\nx: y'],
  ['not valid in a header', 'endpoint.headers', { x: 'a\r\nb: c' }],
  ['cannot be set', 'endpoint.headers', { 'content-length': '1' }],
  ['not a name', 'measurement', '../../etc/passwd'],
  ['not a name', 'run', '*'],
  ['clients that the load does not have', 'slice.clients', 3],
  ['no such agent', 'slice.agent', 2],
  ['too many frames', 'load.framesInFlight', 2e6],
  ['too many requests that wait', 'load', { ...smallCameraLoad(), maxInFlightPerCamera: 1e9 }],
  ['deadlineMs', 'deadlineMs', 1e9],
  ['warmupMaxMs', 'warmupMaxMs', -1],
  ['not a SHA-256', 'payload.sha256', '../x'],
  ['another version of the protocol', 'protocol', 2],
])('an agent refuses, saying "%s": %s is %j', (words, path, value) => {
  expect(refusal(path, value)).toContain(words)
})
