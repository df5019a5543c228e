import { expect, test } from 'vitest'
import type { FailureCause } from '../run/failures.js'
import { explainFailure, isRefusalUnderLoad, type FailureKind } from './explain-failure.js'
import type { FailureContext } from './http-error-meanings.js'

const http = (status: number, message = ''): FailureCause => ({ outcome: 'http-error', status, message })
const connection = (message: string): FailureCause => ({ outcome: 'connection-error', message })

const noWorker =
  'ServiceUnavailableException: Model "m" has no worker to serve inference request. Please use scale workers API to add workers.'
const loaded: FailureContext = { framesOk: 10, serverBatchSize: 4 }

test.each<[FailureKind, FailureCause, FailureContext]>([
  ['queue-full', http(503, noWorker), loaded],
  ['no-worker', http(503, noWorker), { framesOk: 0 }],
  ['handler-failed', http(503, 'InternalServerException: Prediction failed'), {}],
  [
    'handler-failed',
    http(503, 'InternalServerException: Prediction failed'),
    { framesOk: 9, serverBatchSize: 1 },
  ],
  ['handler-failed-in-batch', http(503, 'InternalServerException: Prediction failed'), loaded],
  ['batch-mismatch', http(503, 'InternalServerException: number of batch response mismatched'), loaded],
  ['invalid-output', http(503, 'InternalServerException: Invalid model predict output'), {}],
  ['worker-died', http(500, 'InternalServerException: Worker died.'), loaded],
  ['worker-killed', http(507, 'InternalServerException: Worker died.'), loaded],
  ['out-of-memory', http(507, 'InternalServerException: Out of resources'), loaded],
  ['token-missing', http(400, 'InvalidKeyException: Token Authentication failed.'), {}],
  ['token-refused', http(400, 'InvalidKeyException: Token Authentication failed.'), { hasToken: true }],
  ['unauthorized', http(401), {}],
  ['too-large', http(413), {}],
  [
    'version-not-found',
    http(404, 'ModelVersionNotFoundException: Model version: 9 does not exist for model: m'),
    {},
  ],
  ['model-not-found', http(404, 'ModelNotFoundException: Model not found: m'), {}],
  ['not-found', http(404, '404 Not Found. nginx'), {}],
  ['body-not-decoded', http(500, 'ErrorDataDecoderException: Bad string'), {}],
  ['redirected', http(302), {}],
  ['plain-http', http(400, '400 The plain HTTP request was sent to HTTPS port. nginx'), {}],
  ['rate-limited', http(429, 'too many'), loaded],
  ['bad-gateway', http(502, '502 Bad Gateway. nginx'), {}],
  ['gateway-timeout', http(504), {}],
  ['unavailable', http(503, 'no healthy upstream'), {}],
  ['server-error', http(500, 'oops'), {}],
  ['request-refused', http(400, 'oops'), {}],
  // TorchServe's messages over gRPC are those of HTTP, with the class of the error behind them (GRPCJob.java).
  ['queue-full', http(13, `INTERNAL: ${noWorker} InternalServerException.()`), loaded],
  [
    'handler-failed',
    http(14, 'UNAVAILABLE: Prediction failed org.pytorch.serve.http.InternalServerException'),
    {},
  ],
  ['worker-died', http(13, 'INTERNAL: Worker died. org.pytorch.serve.http.InternalServerException'), loaded],
  [
    'model-not-found',
    http(13, 'INTERNAL: Model not found: m org.pytorch.serve.archive.model.ModelNotFoundException'),
    {},
  ],
  [
    'token-missing',
    http(
      7,
      'PERMISSION_DENIED: Token Authorization failed. Token either incorrect, expired, or not provided correctly',
    ),
    {},
  ],
  [
    'message-too-large',
    http(8, 'RESOURCE_EXHAUSTED: gRPC message exceeds maximum size 6553500: 7000000'),
    {},
  ],
  ['rate-limited', http(8, 'RESOURCE_EXHAUSTED: too many'), loaded],
  ['method-unknown', http(12, 'UNIMPLEMENTED: Method not found: a/B'), {}],
  ['unauthorized', http(16, 'UNAUTHENTICATED'), {}],
  ['request-timeout', http(4, 'DEADLINE_EXCEEDED'), {}],
  ['unavailable', http(14, 'UNAVAILABLE'), {}],
  ['server-error', http(2, 'UNKNOWN: oops'), {}],
  ['request-refused', http(3, 'INVALID_ARGUMENT: oops'), {}],
  ['closed-early', connection('the server closed the connection before it sent HTTP/2 SETTINGS'), {}],
  ['no-http2', connection('could not connect: the server does not speak HTTP/2'), {}],
  ['call-reset', connection('the server ended the call by RST_STREAM INTERNAL_ERROR'), {}],
  ['call-cancelled', connection('the server ended the call by RST_STREAM CANCEL'), {}],
  [
    'answer-too-large',
    { outcome: 'bad-response', message: 'not a gRPC answer: its message has more than 64 MB; received x' },
    {},
  ],
  ['not-grpc', { outcome: 'bad-response', message: 'not a gRPC answer: it has no message; received x' }, {}],
  ['no-answer', { outcome: 'timeout', message: 'no answer within 100 ms' }, {}],
  ['slow-answer', { outcome: 'timeout', message: 'the answer was incomplete after 100 ms' }, {}],
  ['connection-refused', connection('could not connect (ECONNREFUSED)'), {}],
  ['certificate-untrusted', connection('could not connect (DEPTH_ZERO_SELF_SIGNED_CERT)'), {}],
  ['certificate-name', connection('could not connect (ERR_TLS_CERT_ALTNAME_INVALID)'), {}],
  ['no-tls', connection('could not connect (EPROTO)'), {}],
  ['connect-timeout', connection('could not connect (ETIMEDOUT)'), {}],
  ['client-limit', connection('could not connect (EADDRNOTAVAIL)'), {}],
  ['connection-lost', connection('the connection was closed before the answer (ECONNRESET)'), {}],
  ['broken-answer', connection('the connection was closed in the middle of the answer'), {}],
  [
    'unexpected-answer',
    { outcome: 'bad-response', status: 200, message: 'expected one result, received []' },
    {},
  ],
  [
    'not-http',
    { outcome: 'bad-response', message: 'not an HTTP/1.1 answer: its header is malformed; received x' },
    {},
  ],
  [
    'answer-too-large',
    { outcome: 'bad-response', message: 'not an HTTP/1.1 answer: its body has more than 67 MB; received x' },
    {},
  ],
  ['others', { outcome: 'http-error' }, {}],
])('%s: %j', (kind, cause, context) => {
  const explanation = explainFailure(cause, context)
  expect(explanation.kind).toBe(kind)
  expect(explanation.meaning).toMatch(/^[A-Z].*\.$/)
  expect(explanation.remedy).toMatch(kind === 'others' ? /^$/ : /\.$/)
})

test('only refusals of too much load say how much a server carries', () => {
  const kinds: FailureKind[] = ['queue-full', 'rate-limited', 'no-worker', 'handler-failed', 'unavailable']
  expect(kinds.filter(isRefusalUnderLoad)).toEqual(['queue-full', 'rate-limited'])
})
