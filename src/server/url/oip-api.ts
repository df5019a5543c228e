import { z } from 'zod'
import { inferServices, type ModelMetadata } from '../../frames/message/model-infer.js'
import { withGrpcPrefix } from '../../frames/message/grpc-prefix.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { Endpoint, GrpcService, RequestedModel } from '../endpoint.js'
import { callApi, type ServerApi } from '../management/call-api.js'
import { grpcStatus } from '../grpc-status.js'
import { sendGrpc } from '../send-grpc.js'
import type { UrlApi, UrlServerFacts } from './url-api.js'

/** The open inference protocol (kserve/open-inference-protocol, inference_rest.md). */
export const oipApi: UrlApi = {
  readiness: {
    path: '/v2/health/ready',
    acceptOther: () => undefined,
    refusal: {
      message: 'the server does not speak the open inference protocol here, or is not ready',
      expected: 'a status of 2xx from /v2/health/ready',
      remedy:
        'Check the address. A TorchServe needs ts_open_inference_protocol=true. A server that speaks it over gRPC only needs server.ready: none and protocol: grpc.',
    },
  },
  identify,
  checkModel: async () => {},
}

const metadataSchema = z.object({ name: z.string(), version: z.string().optional() })

/** GET /v2 is the metadata of the server. A server that speaks gRPC only may have none. */
async function identify(inference: ServerApi, signal: AbortSignal): Promise<UrlServerFacts> {
  const answer = await callApi(inference, '/v2', { signal, returnRedirect: true }).catch((error: unknown) => {
    if (error instanceof UserError) return { status: 0, body: undefined }
    throw error
  })
  const parsed = metadataSchema.safeParse(answer.body)
  if (!parsed.success) return { label: 'OIP server', isSimulated: false, notes: [] }
  const { name, version } = parsed.data
  const isSimulated = name.includes('framestorm embedded server')
  const label = version === undefined || version === '' ? name : `${name} ${version}`
  return {
    label: isSimulated ? 'embedded (simulated)' : label,
    ...(version !== undefined && { version }),
    isSimulated,
    notes: [],
  }
}

const modelSchema = z.object({
  inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) })),
})

/**
 * The input of the model that takes the frames, from its metadata.
 *
 * @returns undefined if the server has no such metadata
 * @throws UserError (exit code 3) if its first input is no BYTES
 */
export async function findFrameTensor(
  inference: ServerApi,
  grpc: { endpoint: Endpoint; service: GrpcService } | undefined,
  { name, version }: RequestedModel,
  signal: AbortSignal,
): Promise<{ name: string; shape: number[] } | undefined> {
  const inputs =
    grpc === undefined
      ? await inputsOverHttp(inference, { name, version }, signal)
      : (await metadataOverGrpc(grpc.endpoint, grpc.service, { name, version }, signal))?.inputs
  const [input] = inputs ?? []
  if (input === undefined) return undefined
  if (input.datatype === 'BYTES') return input
  throw new UserError(`the input ${input.name} of ${name} takes no JPEG files`, {
    where: 'model.request',
    expected: 'an input of datatype BYTES, which holds a JPEG per frame',
    received: `${input.datatype} of shape [${input.shape.join(', ')}]`,
    remedy:
      'Let the server decode JPEG (in Triton: an ensemble or a Python model). If another input takes the frames, set model.request.tensor.',
    exitCode: ExitCode.environment,
    concerns: 'model',
  })
}

async function inputsOverHttp(inference: ServerApi, { name, version }: RequestedModel, signal: AbortSignal) {
  const model = `/v2/models/${encodeURIComponent(name)}`
  const path = version === undefined ? model : `${model}/versions/${encodeURIComponent(version)}`
  const answer = await callApi(inference, path, { signal, returnRedirect: true }).catch((error: unknown) => {
    if (error instanceof UserError) return undefined
    throw error
  })
  return modelSchema.safeParse(answer?.body).data?.inputs
}

async function metadataOverGrpc(
  endpoint: Endpoint,
  service: GrpcService,
  model: RequestedModel,
  signal: AbortSignal,
): Promise<ModelMetadata | undefined> {
  const { modelMetadata } = inferServices[service === 'oip' ? 'standard' : 'torchserve']
  const answer = await sendGrpc({
    server: { ...endpoint, path: modelMetadata.path },
    access: endpoint,
    api: 'inference',
    body: withGrpcPrefix(modelMetadata.encodeRequest(model)),
    signal,
  }).catch(() => undefined)
  return answer?.status === 200 ? modelMetadata.decodeResponse(answer.body) : undefined
}

/** Which package the service has on this server: TorchServe's is another than the standard's. */
export async function findInferService(endpoint: Endpoint, signal: AbortSignal): Promise<GrpcService> {
  const { serverLive } = inferServices.torchserve
  const answer = await sendGrpc({
    server: { ...endpoint, path: serverLive.path },
    access: endpoint,
    api: 'inference',
    body: withGrpcPrefix(serverLive.encodeRequest()),
    signal,
  }).catch(() => undefined)
  // A token that is refused says that the method is there.
  const isThere = answer?.status === 200 || answer?.status === grpcStatus.PERMISSION_DENIED
  return isThere ? 'torchserve-oip' : 'oip'
}
