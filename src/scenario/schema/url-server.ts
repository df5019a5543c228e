import * as z from 'zod'
import { readInSchema } from '../grammar/grammar-error.js'
import { requireHeader } from '../grammar/http-header.js'
import { requireRequestPath } from '../grammar/request-path.js'
import { requireServerAddress } from '../grammar/server-address.js'
import { predictionApis, protocol, requireHttpForCustom } from './protocol.js'
import { defaulted, fileSetting, fixed, optional, required, section, swept } from './section.js'

const file = z.string().min(1)
const api = z.enum(predictionApis)

const url = z.string().superRefine((text, context) => {
  readInSchema(context, () => requireServerAddress(text))
})

const variableName = z.string().superRefine((name, context) => {
  if (/^[A-Za-z_]\w*$/.test(name)) return
  context.addIssue({
    code: 'custom',
    message: 'tokenEnv is not the name of an environment variable',
    params: {
      secret: true,
      expected: 'a name such as TS_TOKEN',
      received: 'something else (hidden: it may be a token)',
      remedy: 'Put the token into an environment variable and write the name of that variable here.',
    },
  })
})

const requestPath = z.string().superRefine((text, context) => {
  readInSchema(context, () => requireRequestPath(text))
})

const readyPath = z.string().superRefine((text, context) => {
  if (text !== 'none') readInSchema(context, () => requireRequestPath(text))
})

const headers = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .superRefine((written, context) => {
    const names = new Set<string>()
    for (const [name, value] of Object.entries(written)) {
      readInSchema(context, () => requireHeader(name, String(value)), [name])
      if (names.has(name.toLowerCase())) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `the header ${name} is given twice`,
          params: { secret: true, expected: 'each header once', received: 'the same name in another case' },
        })
      }
      names.add(name.toLowerCase())
    }
  })

/** A PEM file for TLS. */
function pemFile(description: string) {
  return fileSetting(optional(fixed(file), description))
}

export const urlServer = section('urlServer', 'A server that is already running.', {
  kind: required(fixed(z.literal('url')), 'A server given by its URL.'),
  api: defaulted(
    fixed(api, api.default('torchserve')),
    'torchserve',
    'What the server understands: `torchserve`, `oip` for the open inference protocol (KServe, MLServer, Triton, TorchServe with ts_open_inference_protocol=true), or `custom` for any other HTTP server. With `custom` nothing of TorchServe is expected, and what such a server does not tell stays empty.',
  ),
  inferenceUrl: required(swept(url), 'Inference address such as http://host:8080.'),
  protocol,
  grpcUrl: optional(
    fixed(url),
    'Address for `protocol: grpc`, such as http://host:7070; https:// for TLS. Default: the host of inferenceUrl, port 7070.',
  ),
  managementUrl: optional(fixed(url), 'Management address such as http://host:8081.'),
  metricsUrl: optional(fixed(url), 'Metrics address such as http://host:8082.'),
  logFile: fileSetting(
    optional(
      fixed(file),
      'Path of its ts_log.log, if this machine can read it. Framestorm reads from it which batches were formed.',
    ),
  ),
  path: optional(
    fixed(requestPath),
    'Path of a prediction after inferenceUrl, such as /v1/models/{model}:predict. `{model}` and `{version}` stand for those of `model`. Default: /predictions/{model}, with `api: oip` /v2/models/{model}/infer, with `api: custom` nothing.',
  ),
  ready: optional(
    fixed(readyPath),
    'Path after inferenceUrl that answers with a status of 2xx if the server is ready, or `none`. Default: /ping, with `api: oip` /v2/health/ready, with `api: custom` none.',
  ),
  headers: optional(
    fixed(headers),
    'Header fields of all requests to the server, such as { x-api-key: $env:API_KEY, host: app.example.com }. $env:NAME is the value of an environment variable. Values are never saved.',
  ),
  tokenEnv: optional(
    fixed(variableName),
    'Environment variable that holds the inference token. The management token is read from the variable with _MANAGEMENT after its name, if it is set. Never write a token itself into a file.',
  ),
  tokenFile: fileSetting(
    optional(
      fixed(file),
      "TorchServe's key_file.json, or a file that holds one token. It is read again when it changes or a token expires. Excludes `tokenEnv`.",
    ),
  ),
  caFile: pemFile(
    "PEM file of the certificate authority to trust in place of the system's, such as a self-signed certificate.",
  ),
  certFile: pemFile(
    'PEM file of the client certificate, with its intermediate certificates. Needs `keyFile`.',
  ),
  keyFile: pemFile('PEM file of the private key of `certFile`, without a passphrase.'),
  manage: defaulted(
    fixed(z.boolean()),
    false,
    'Change batch settings through the management API, and restore them at the end of the run.',
  ),
})

export const rawUrlServer = urlServer.raw.superRefine((written, context) => {
  const { manage, managementUrl, inferenceUrl, metricsUrl, grpcUrl, tokenEnv, tokenFile, certFile, keyFile } =
    written
  const refuse = (field: keyof typeof written, message: string, params: Record<string, string>) =>
    context.addIssue({ code: 'custom', path: [field], message, params })
  if (manage === true && managementUrl === undefined) {
    refuse('manage', 'manage needs the address of the management API', {
      expected: 'managementUrl, such as http://host:8081',
      received: 'manage without managementUrl',
      remedy: 'Add managementUrl, or remove manage and configure the batching of the server yourself.',
    })
  }
  const ofTorchServe = (['manage', 'managementUrl', 'metricsUrl', 'logFile'] as const).filter(
    (field) => written[field] !== undefined && written[field] !== false,
  )
  for (const field of (written.api ?? 'torchserve') === 'torchserve' ? [] : ofTorchServe) {
    refuse(field, `${field} belongs to a TorchServe`, {
      expected: 'api: torchserve, or no such field',
      received: `${field} with api: ${written.api}`,
      remedy: `Remove ${field}. If the server is a TorchServe, remove api.`,
    })
  }
  requireHttpForCustom(written, context)
  if (grpcUrl !== undefined && ![written.protocol].flat().includes('grpc')) {
    refuse('grpcUrl', 'grpcUrl has no effect without protocol: grpc', {
      expected: 'protocol: grpc, or [http, grpc]',
      received: 'grpcUrl without it',
      remedy: 'Add protocol: grpc, or remove grpcUrl.',
    })
  }
  if (tokenEnv !== undefined && tokenFile !== undefined) {
    refuse('tokenFile', 'the token has two sources', {
      expected: 'tokenEnv or tokenFile',
      received: 'both',
      remedy: 'Remove one of them. A token file is read again when a token expires, a variable is not.',
    })
  }
  const authorization = Object.keys(written.headers ?? {}).find(
    (name) => name.toLowerCase() === 'authorization',
  )
  if (authorization !== undefined && (tokenEnv ?? tokenFile) !== undefined) {
    refuse('headers', 'the header authorization has two sources', {
      expected: 'the header or a token',
      received: `${authorization} in headers, and ${tokenEnv === undefined ? 'tokenFile' : 'tokenEnv'}`,
      remedy: 'Remove one of them. A token is sent as `authorization: Bearer` and the token.',
    })
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [given, missing] =
      certFile === undefined ? (['keyFile', 'certFile'] as const) : (['certFile', 'keyFile'] as const)
    refuse(given, `${given} needs ${missing}`, {
      expected: 'certFile and keyFile',
      received: `only ${given}`,
      remedy: `Add ${missing}, or remove ${given}.`,
    })
  }
  const urls = [inferenceUrl, managementUrl, metricsUrl, grpcUrl].flat()
  const tlsFile = (['caFile', 'certFile'] as const).find((field) => written[field] !== undefined)
  if (tlsFile !== undefined && !urls.some((text) => text?.startsWith('https:'))) {
    refuse(tlsFile, `${tlsFile} needs an address with https://`, {
      expected: 'inferenceUrl with https://',
      received: 'http://',
      remedy: `Write https:// if the server uses TLS. Otherwise remove ${tlsFile}.`,
    })
  }
})
