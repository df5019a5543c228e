import { grpcStatus } from './grpc-status.js'

/** What is known about the request besides how it failed. Each part is optional. */
export interface FailureContext {
  /** Frames of the same load that were answered. With none, a full queue is not the cause. */
  framesOk?: number | undefined
  /** Requests that the server joins into a batch. */
  serverBatchSize?: number | undefined
  /** Whether requests carried a token. */
  hasToken?: boolean | undefined
}

/** An entry of a table of meanings. It matches if each of its conditions does. Statuses below 100 are those of gRPC. */
export interface MeaningEntry {
  status?: readonly number[]
  message?: RegExp
  when?: (context: FailureContext) => boolean
  meaning: string
  remedy: string
}

const workerLog = "The server's log has the traceback."
const tokenRemedy =
  'Write the current inference key of key_file.json into the variable that server.tokenEnv (--token-env) names, or set server.tokenFile to that file. Tokens expire after 60 minutes by default.'

/**
 * Meanings of error answers; the first entry that matches applies. TorchServe's texts are those of 0.12: frontend
 * ApiUtils.java:452-477, WorkerThread.java:203-318, TokenAuthorization.java, ServerInitializer.java:58 and
 * ts/service.py:136-175. It answers 503 to a full queue as well as to a handler that failed, so status alone does not tell.
 */
export const httpErrorMeanings = {
  'no-worker': {
    message: /has no worker to serve/i,
    when: ({ framesOk }) => framesOk === 0,
    meaning: 'The model has no worker, so the server refused the request.',
    remedy: 'Start workers for the model with the management API, and check that they are READY.',
  },
  'queue-full': {
    message:
      /has no worker to serve|maxSequenceJobQueueSize|queue (is |was )?full|full queue|exceed\w* (the )?max\w* queue/i,
    meaning: 'The queue of the model was full, and the server refused the request.',
    remedy:
      'Reduce the load, add workers, or increase job_queue_size in the config.properties of the server.',
  },
  'batch-mismatch': {
    message: /number of batch response mismatched/i,
    meaning:
      'The handler returned a different number of results than the batch had requests, which fails the whole batch.',
    remedy: 'Let the handler return a list with one result per request of the batch, `len(data)` results.',
  },
  'invalid-output': {
    message: /Invalid model predict output|Unsupported model output data type/i,
    meaning: 'The handler returned something that the server cannot send as an answer.',
    remedy: 'Let the handler return a list with one JSON value, string or bytes per request.',
  },
  'handler-failed-in-batch': {
    message: /Prediction failed/i,
    when: ({ serverBatchSize = 1, framesOk = 0 }) => serverBatchSize > 1 && framesOk > 0,
    meaning:
      'The handler raised an exception, which fails the whole batch. Other requests were answered, so it may fail only when requests are joined.',
    remedy: `${workerLog} Measure serverBatchSize 1 to find out if the handler works without batches.`,
  },
  'handler-failed': {
    message: /Prediction failed/i,
    meaning: 'The handler raised an exception.',
    remedy: `${workerLog} Check that the model accepts this request: model.request and batching.encoding set its form.`,
  },
  'out-of-memory': {
    message: /Out of resources|out of memory/i,
    meaning: 'The model ran out of memory.',
    remedy: 'Use a smaller batch, fewer workers, or a machine or GPU with more memory.',
  },
  'worker-killed': {
    status: [507],
    message: /Worker died/i,
    meaning: 'The worker was killed while it processed the request, most likely for lack of memory.',
    remedy: 'Use fewer workers, a smaller model or a machine with more memory.',
  },
  'worker-died': {
    message: /Worker died|worker .*(died|crashed)/i,
    meaning:
      'The worker exited while it processed the request, or it took longer than the response timeout of the model.',
    remedy:
      "See the end of the server's log. If the model is slow, increase default_response_timeout (s) in config.properties.",
  },
  'token-refused': {
    message: /InvalidKeyException|Token .*(failed|incorrect|expired)/i,
    when: ({ hasToken }) => hasToken === true,
    meaning: 'The server did not accept the token: it is wrong or has expired.',
    remedy: tokenRemedy,
  },
  'token-missing': {
    message: /InvalidKeyException|Token .*(failed|incorrect|expired)/i,
    meaning: 'The server requires a valid token.',
    remedy: tokenRemedy,
  },
  'plain-http': {
    message: /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|only accepts HTTPS/i,
    meaning: 'The server expects TLS.',
    remedy: 'Give its address with https://.',
  },
  'certificate-required': {
    message: /No required SSL certificate was sent|SSL certificate error/i,
    meaning: 'The server requires a client certificate, or does not accept the one that it received.',
    remedy: 'Set server.certFile and server.keyFile to a client certificate that the server trusts.',
  },
  unauthorized: {
    status: [401, 403, grpcStatus.UNAUTHENTICATED, grpcStatus.PERMISSION_DENIED],
    meaning: 'The server, or a gateway before it, requires credentials or does not accept those it received.',
    remedy:
      'Set server.headers, such as { x-api-key: $env:API_KEY }, server.tokenEnv (--token-env) or server.tokenFile to what it expects.',
  },
  'message-too-large': {
    status: [grpcStatus.RESOURCE_EXHAUSTED, grpcStatus.OUT_OF_RANGE],
    message: /(larger|bigger) than max|exceeds? (the )?max\w*|message (is )?too large/i,
    meaning: 'The message is larger than the server accepts.',
    remedy:
      'Increase max_request_size in the config.properties of a TorchServe, or the limit of messages of another server, or send fewer frames per request.',
  },
  'too-large': {
    status: [413],
    meaning: 'The request is larger than the server, or a proxy before it, accepts.',
    remedy:
      'Increase max_request_size in the config.properties of the server (client_max_body_size in nginx), or send fewer frames per request.',
  },
  'version-not-found': {
    message: /ModelVersionNotFoundException/,
    meaning: 'The server does not have this version of the model.',
    remedy: 'Check model.version.',
  },
  'model-not-found': {
    message: /ModelNotFoundException|model .*not found|unknown model/i,
    meaning: 'The server does not have a model with this name.',
    remedy: 'Check that model.name (--model) is the name under which the server serves the model.',
  },
  'method-unknown': {
    status: [grpcStatus.UNIMPLEMENTED],
    meaning: 'The server does not have this gRPC method.',
    remedy: 'Check the port in server.grpcUrl, and that server.api is the one that the server speaks.',
  },
  'not-found': {
    status: [404, grpcStatus.NOT_FOUND],
    meaning: 'The server does not have this address.',
    remedy:
      'Check that model.name (--model) is the name under which the server serves the model, and that the address of the server is that of its inference API.',
  },
  'wrong-method': {
    status: [405],
    meaning: 'The server does not accept POST at this address.',
    remedy: 'Check that the address of the server is that of its inference API.',
  },
  'content-type': {
    status: [415],
    meaning: 'The server does not accept this content type.',
    remedy: 'Send the frames in another form: batching.encoding, model.request.',
  },
  'body-not-decoded': {
    message: /ErrorDataDecoderException/,
    meaning: 'The server could not decode the body as a form.',
    remedy: 'Check that the request has the content type of its body.',
  },
  'json-not-decoded': {
    message: /JSON.*(decod|pars)|not valid JSON|Expecting (value|property name)|JsonSyntaxException/i,
    meaning: 'The server or the handler could not read the request as JSON.',
    remedy: 'Set model.request and batching.encoding to the form that the handler reads.',
  },
  redirected: {
    status: [301, 302, 303, 307, 308],
    meaning: 'The address redirects to another one. Requests of a load do not follow.',
    remedy: 'Set inferenceUrl to the final address of the server.',
  },
  'rate-limited': {
    status: [429, grpcStatus.RESOURCE_EXHAUSTED],
    meaning: 'The server, or a gateway before it, refused the request because there were too many.',
    remedy: 'Reduce the load, or raise the limit of the gateway.',
  },
  'bad-gateway': {
    status: [502],
    meaning: 'A proxy could not reach the server behind it, or the server closed the connection.',
    remedy:
      'Check that the server behind the proxy is running, and that the proxy keeps connections as long as it does.',
  },
  'gateway-timeout': {
    status: [504],
    meaning: 'A proxy gave up waiting for the server behind it.',
    remedy: 'Reduce the load, or raise the timeout of the proxy (proxy_read_timeout in nginx).',
  },
  'request-timeout': {
    status: [408, grpcStatus.DEADLINE_EXCEEDED],
    meaning: 'The server gave up waiting for the request or for its result.',
    remedy: 'Reduce the load, or raise the timeout of the server.',
  },
  unavailable: {
    status: [503, grpcStatus.UNAVAILABLE],
    meaning: 'The server, or a proxy before it, was not able to serve the request.',
    remedy: "See the server's log. If a proxy answered, check that it finds a healthy server.",
  },
  'server-error': {
    status: [
      ...Array.from({ length: 100 }, (_, i) => 500 + i),
      grpcStatus.INTERNAL,
      grpcStatus.UNKNOWN,
      grpcStatus.DATA_LOSS,
      grpcStatus.ABORTED,
    ],
    meaning: 'The server failed to process the request.',
    remedy: "See the server's log.",
  },
  'request-refused': {
    meaning: 'The server did not accept the request.',
    remedy:
      'Check that the model accepts this request. model.request sets the names of the frames, and batching.encoding sets their encoding.',
  },
} satisfies Record<string, MeaningEntry>
