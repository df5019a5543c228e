import { ExitCode } from '../system/exit-code.js'
import { UserError } from '../system/user-error.js'
import type { Payload } from '../frames/payload/payload.js'
import type { Endpoint } from '../server/running-server.js'
import { endpointUrl } from '../server/endpoint-url.js'
import { postFrames, type PostOptions } from './post-frames.js'

/**
 * Sends one request as the load will send it, before any clock starts: a model that refuses it would only give
 * a measurement full of errors.
 * @throws UserError (environment) with the server's own words where it does not answer 200
 */
export async function probeServer(
  endpoint: Endpoint,
  payload: Payload,
  framesPerRequest: number,
  options: PostOptions,
): Promise<void> {
  const frames = Array.from({ length: framesPerRequest }, (_, place) => place % (payload.offsets.length - 1))
  const { status, body } = await postFrames(endpoint, payload, frames, options)
  if (status === 200) return
  const text = Buffer.from(body).toString('utf8')
  throw new UserError('the server refused the first request', {
    where: endpointUrl(endpoint),
    expected: 'status 200',
    received: `status ${status}`,
    ...(text !== '' && { excerpt: text.slice(0, 2000) }),
    remedy: remedyFor(status, text),
    exitCode: ExitCode.environment,
  })
}

/** TorchServe says 400 InvalidKeyException, not 401, where a token is wanted (S/util/TokenAuthorization.java). */
function remedyFor(status: number, text: string): string {
  if (status === 404) return 'see that model.name is the name under which the server serves the model'
  if (status === 413)
    return 'raise max_request_size in the server’s config.properties, or send fewer frames in a request'
  if (text.includes('Worker died'))
    return 'the model’s worker ended while it had this request: out of memory, or killed; its last words are in server.log in the run folder, or in the log of your server'
  if (text.includes('InvalidKeyException'))
    return 'name the environment variable that holds the inference token with server.tokenEnv; tokens live 60 minutes'
  return 'see that the model takes this request: model.request says how frames are named, batching.encoding how they travel'
}
