import { ExitCode } from '../errors/exit-code.js'
import { UserError } from '../errors/user-error.js'
import type { Payload } from '../payload/payload.js'
import { requestBody } from '../payload/request-body.js'
import type { Endpoint } from '../server/running-server.js'

/**
 * Sends one request as the load will send it, before any clock starts: a model that refuses it would only give
 * a measurement full of errors.
 * @throws UserError (environment) with the server's own words where it does not answer 200.
 */
export async function probeServer(
  endpoint: Endpoint,
  payload: Payload,
  framesPerRequest: number,
  options: { deadlineMs: number; signal: AbortSignal },
): Promise<void> {
  const url = `${endpoint.protocol}//${endpoint.host}:${endpoint.port}${endpoint.path}`
  const frames = Array.from({ length: framesPerRequest }, (_, place) => place % (payload.offsets.length - 1))
  const token = endpoint.tokenEnv === undefined ? undefined : process.env[endpoint.tokenEnv]
  const deadline = AbortSignal.timeout(options.deadlineMs)
  let answer: Response
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': payload.contentType,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: new Uint8Array(requestBody(payload, frames)),
      signal: AbortSignal.any([deadline, options.signal]),
    })
  } catch (cause) {
    options.signal.throwIfAborted()
    throw new UserError('the server did not answer the first request', {
      where: url,
      expected: `an answer within ${options.deadlineMs} ms`,
      received: deadline.aborted ? 'nothing' : String((cause as Error).cause ?? cause),
      remedy: 'see that the server runs and serves this model, or give it more time with measure.deadlineMs',
      exitCode: ExitCode.environment,
      cause,
    })
  }
  const text = await answer.text()
  if (answer.status === 200) return
  throw new UserError('the server refused the first request', {
    where: url,
    expected: 'status 200',
    received: `status ${answer.status}`,
    excerpt: text.slice(0, 2000),
    remedy: remedyFor(answer.status, text),
    exitCode: ExitCode.environment,
  })
}

/** TorchServe says 400 InvalidKeyException, not 401, where a token is wanted (S/util/TokenAuthorization.java). */
function remedyFor(status: number, text: string): string {
  if (status === 404) return 'see that model.name is the name under which the server serves the model'
  if (text.includes('InvalidKeyException'))
    return 'name the environment variable that holds the inference token with server.tokenEnv; tokens live 60 minutes'
  return 'see that the model takes this request: model.request says how frames are named, batching.encoding how they travel'
}
