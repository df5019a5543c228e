import type { FailureCause } from '../run/failures.js'
import type { FailureScope } from '../system/user-error.js'
import { httpErrorMeanings, type FailureContext, type MeaningEntry } from './http-error-meanings.js'

/** What a failure means and what to do about it, for people. */
export interface Explanation {
  kind: FailureKind
  meaning: string
  remedy: string
}

const timeouts = {
  'slow-answer': {
    message: /incomplete/,
    meaning: 'The server began its answer and did not complete it within the deadline.',
    remedy:
      "Check the network and the server's log, or raise the deadline (measure.deadlineMs, --deadline of stream).",
  },
  'no-answer': {
    meaning: 'The server did not answer within the deadline: it is overloaded, or it lost the request.',
    remedy:
      "Reduce the load, or raise the deadline (measure.deadlineMs, --deadline of stream). If the load is small, see the server's log.",
  },
} satisfies Record<string, MeaningEntry>

const connectionErrors = {
  'connection-refused': {
    message: /ECONNREFUSED/,
    meaning: 'Nothing accepted connections at the address of the server.',
    remedy: 'Check that the server is running. It may have crashed under the load.',
  },
  'client-certificate': {
    message:
      /CERTIFICATE_REQUIRED|ALERT_(BAD|UNKNOWN|UNSUPPORTED|HANDSHAKE)|HANDSHAKE_FAILURE|certificate required/i,
    meaning: 'The server requires a client certificate, or does not accept the one that it received.',
    remedy: 'Set server.certFile and server.keyFile to a client certificate that the server trusts.',
  },
  'certificate-untrusted': {
    message: /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|self.signed/i,
    meaning: 'This machine does not trust the certificate of the server, or the authority that signed it.',
    remedy:
      'Set server.caFile to the PEM file of the authority that signed the certificate, or of the certificate itself if it is self-signed.',
  },
  'certificate-expired': {
    message: /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    meaning: 'The certificate of the server has expired or is not valid yet.',
    remedy: 'Renew the certificate of the server, and check the clock of this machine.',
  },
  'certificate-name': {
    message: /ALTNAME_INVALID/,
    meaning: 'The certificate of the server is for another name.',
    remedy:
      'Use a name of the certificate in the address of the server, or set it as header: server.headers: { host: NAME }.',
  },
  'certificate-refused': {
    message: /CERT|self.signed|ISSUER/i,
    meaning: 'The certificate of the server is not trusted, or not for this name.',
    remedy:
      'Use the name that is in the certificate, and trust the authority that signed it (server.caFile).',
  },
  'no-tls': {
    message: /EPROTO|ERR_SSL|ERR_TLS/,
    meaning: 'The TLS handshake failed.',
    remedy: 'Check that the server speaks TLS at this port. If it does not, give its address with http://.',
  },
  'client-limit': {
    message: /EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS/,
    meaning: 'This machine ran out of open files or ports.',
    remedy: 'Raise the limit of open files (ulimit -n), or use fewer connections.',
  },
  'unknown-host': {
    message: /ENOTFOUND|EAI_AGAIN|EAI_NODATA/,
    meaning: 'The name of the server has no address.',
    remedy: 'Check the spelling of the host, and that this machine can resolve it (DNS, VPN).',
  },
  unreachable: {
    message: /EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN/,
    meaning: 'The network did not reach the server.',
    remedy: 'Check the network and the address of the server.',
  },
  'connect-timeout': {
    message: /ETIMEDOUT/,
    meaning: 'The server did not accept the connection in time.',
    remedy:
      'Check that the server is running. Under load, it may be out of threads or its backlog may be full.',
  },
  'no-http2': {
    message: /does not (speak|offer) HTTP\/2/,
    meaning: 'What answers at this address does not speak HTTP/2, which gRPC needs.',
    remedy:
      'Check the port in server.grpcUrl: it must be that of the gRPC inference API (7070 for a TorchServe). A TLS server needs https://.',
  },
  'closed-early': {
    message: /before it sent HTTP\/2 SETTINGS/,
    meaning: 'The server accepted the connection and closed it before any HTTP/2, which gRPC needs.',
    remedy:
      'Check the port in server.grpcUrl: it must be that of the gRPC inference API (7070 for a TorchServe). A TLS server needs https://. A server that is stopping does this too.',
  },
  // grpc-java cancels a call whose message is too large, without a status.
  'call-cancelled': {
    message: /RST_STREAM CANCEL/,
    meaning:
      'The server cancelled the call. TorchServe does so if the message is larger than its max_request_size (6.5 MB by default).',
    remedy:
      "Increase max_request_size in the config.properties of the server, or send fewer frames per request. If the messages are smaller, see the server's log.",
  },
  'call-reset': {
    message: /RST_STREAM|GOAWAY/,
    meaning: 'The server ended the call before its answer was complete.',
    remedy: "See the server's log. A server that stops or limits its connections does this too.",
  },
  'broken-answer': {
    message: /in the middle of the answer/,
    meaning: 'The connection broke while the answer arrived.',
    remedy: "See the server's log. A proxy may limit the time or size of an answer.",
  },
  'connection-lost': {
    meaning: 'The server closed the connection without an answer.',
    remedy:
      "See the server's log: it may have crashed or restarted. A server or proxy that closes idle connections early does this too.",
  },
} satisfies Record<string, MeaningEntry>

const badResponses = {
  'answer-too-large': {
    message: /more than \d+ MB/,
    meaning: 'The answer is larger than any that is read.',
    remedy: 'Let the handler answer with less.',
  },
  'not-grpc': {
    message: /not a gRPC answer/,
    meaning: 'What answers at this address does not speak gRPC, or breaks its rules.',
    remedy:
      'Check the port in server.grpcUrl: it must be that of the gRPC inference API (7070 for a TorchServe). A TLS server needs https://.',
  },
  'not-http': {
    message: /HTTP/,
    meaning: 'What answers at this address does not speak HTTP/1.1, or breaks its rules.',
    remedy: 'Check the port: it must be that of the inference API over HTTP. A TLS server needs https://.',
  },
  'unexpected-answer': {
    meaning: 'The answer does not have the expected form: one result per frame.',
    remedy: 'Set model.answer to the form of the answers, or let the handler return one result per frame.',
  },
} satisfies Record<string, MeaningEntry>

const meanings = {
  'http-error': httpErrorMeanings,
  timeout: timeouts,
  'connection-error': connectionErrors,
  'bad-response': badResponses,
} satisfies Record<FailureCause['outcome'], Record<string, MeaningEntry>>

export type FailureKind =
  | keyof typeof httpErrorMeanings
  | keyof typeof timeouts
  | keyof typeof connectionErrors
  | keyof typeof badResponses
  /** Failures of several kinds, added up. */
  | 'others'

/** What a failure means and what to do about it. */
export function explainFailure(
  { outcome, status, message }: FailureCause,
  context: FailureContext = {},
): Explanation {
  if (message === undefined && status === undefined && outcome !== 'timeout')
    return { kind: 'others', meaning: 'Other failures, each with a different message.', remedy: '' }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the tables above
  const entries = Object.entries(meanings[outcome]) as [FailureKind, MeaningEntry][]
  const [kind, { meaning, remedy }] = entries.find(([, entry]) => {
    if (entry.status !== undefined && !entry.status.includes(status ?? 0)) return false
    if (entry.message !== undefined && !entry.message.test(message ?? '')) return false
    return entry.when?.(context) ?? true
  })!
  return { kind, meaning, remedy }
}

/**
 * Whether the server refused the request because there were too many. This says how much it carries, and not that it
 * fails.
 */
export function isRefusalUnderLoad(kind: FailureKind): boolean {
  return kind === 'queue-full' || kind === 'rate-limited'
}

const aboutRequest = new Set<FailureKind>([
  'bad-gateway',
  'batch-mismatch',
  'body-not-decoded',
  'content-type',
  'gateway-timeout',
  'handler-failed',
  'invalid-output',
  'json-not-decoded',
  'message-too-large',
  'out-of-memory',
  'request-refused',
  'request-timeout',
  'server-error',
  'too-large',
  'worker-died',
  'worker-killed',
])

const aboutModel = new Set<FailureKind>(['model-not-found', 'no-worker', 'not-found', 'version-not-found'])

/**
 * What a refused request is limited to: `point` if a request of another form, size or batch may succeed on the same
 * server, `model` if one to another model may.
 */
export function failureScope(kind: FailureKind): FailureScope | undefined {
  if (aboutRequest.has(kind)) return 'point'
  return aboutModel.has(kind) ? 'model' : undefined
}
