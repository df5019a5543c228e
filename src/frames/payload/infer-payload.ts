import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { grpcPrefixBytes } from '../message/grpc-prefix.js'
import { inferField, tensorField } from '../message/model-infer.js'
import type { TensorMetadata } from '../message/model-infer.js'
import type { RequestMessage } from './build-payload.js'
import { numberWidths, type SentNumber } from './payload.js'
import { renderTemplate } from './render-template.js'

/** The model of a request. Without a version, the server chooses one. */
interface InferredModel {
  name: string
  version?: string | undefined
}

/** The input that takes the frames, as BYTES. The first size of its shape is the number of frames. */
export type FrameTensor = Pick<TensorMetadata, 'name' | 'shape'>

const noFraming = { framing: () => new Uint8Array(0), framingId: '' }
const none = new Uint8Array(0)

/** The JSON body of an inference request with frames in base64 (inference_rest.md, "Inference Request JSON Object"). */
export function inferJson({ name, shape }: FrameTensor): RequestMessage {
  const template = {
    inputs: [
      {
        name: name.replaceAll('$', '$$$$'),
        shape: ['$count', ...shape.slice(1)],
        datatype: 'BYTES',
        data: ['$frame'],
      },
    ],
  }
  return {
    ...noFraming,
    parts: (framesPerRequest) => renderTemplate({ kind: 'json', template }, framesPerRequest, ''),
  }
}

const spaces = (form: 'decimal') => ' '.repeat(numberWidths[form])

/**
 * The same with the frames behind the JSON, as they are (Triton's binary tensor data extension): each has a length of
 * four bytes before it. Numbers of the JSON begin with spaces, so that it has the same length for all requests.
 */
export function inferBinary({ name, shape }: FrameTensor): RequestMessage {
  const sizes = [spaces('decimal'), ...shape.slice(1)].join(',')
  const beforeCount = `{"inputs":[{"name":${JSON.stringify(name)},"datatype":"BYTES","shape":[`
  const beforeSize = `${beforeCount}${sizes}],"parameters":{"binary_data_size":`
  const json = Buffer.from(`${beforeSize}${spaces('decimal')}}}]}`)
  const numbers: SentNumber[] = [
    { gap: 0, at: Buffer.byteLength(beforeCount), form: 'decimal', value: 'count' },
    {
      gap: 0,
      at: Buffer.byteLength(beforeSize),
      form: 'decimal',
      value: { bytesAfter: json.length },
    },
  ]
  return {
    framing(frameBytes) {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(frameBytes)
      return length
    },
    framingId: 'four bytes of length',
    parts: (framesPerRequest) => ({
      contentType: 'application/octet-stream',
      headers: { 'Inference-Header-Content-Length': String(json.length) },
      ...framesBehind(json, framesPerRequest),
      numbers,
    }),
  }
}

/**
 * The gRPC message ModelInferRequest with typed contents, which all servers read, TorchServe included. The lengths of
 * the tensor and of its contents stand before all frames, in varints of constant width.
 */
export function inferMessage(model: InferredModel, { name, shape }: FrameTensor): RequestMessage {
  const text = (writer: BinaryWriter, field: number, value: string) =>
    writer.tag(field, WireType.LengthDelimited).string(value)
  const pad = new Uint8Array(numberWidths.varint)
  const numbers: SentNumber[] = [{ gap: 0, at: 1, form: 'uint32', value: { bytesAfter: grpcPrefixBytes } }]
  const head: Uint8Array[] = []
  const length = () => head.reduce((sum, bytes) => sum + bytes.length, 0)
  /** A number that is written per request, and what it counts. */
  const number = (value: 'count' | 'bytesAfter') => {
    const at = length()
    const after = at + numberWidths.varint
    numbers.push({ gap: 0, at, form: 'varint', value: value === 'count' ? value : { bytesAfter: after } })
    head.push(pad)
  }
  const message = new BinaryWriter().raw(new Uint8Array(grpcPrefixBytes))
  text(message, inferField.modelName, model.name)
  if (model.version !== undefined) text(message, inferField.modelVersion, model.version)
  head.push(message.tag(inferField.tensors, WireType.LengthDelimited).finish())
  number('bytesAfter')
  const tensor = new BinaryWriter()
  text(tensor, tensorField.name, name)
  text(tensor, tensorField.datatype, 'BYTES')
  const otherSizes = new BinaryWriter()
  for (const size of shape.slice(1)) otherSizes.int64(size)
  const others = otherSizes.finish()
  head.push(
    tensor
      .tag(tensorField.shape, WireType.LengthDelimited)
      .uint32(numberWidths.varint + others.length)
      .finish(),
  )
  number('count')
  head.push(others, new BinaryWriter().tag(tensorField.contents, WireType.LengthDelimited).finish())
  number('bytesAfter')
  const before = Buffer.concat(head)
  return {
    framing: (frameBytes) =>
      new BinaryWriter().tag(bytesContents, WireType.LengthDelimited).uint32(frameBytes).finish(),
    framingId: 'bytes_contents',
    parts: (framesPerRequest) => ({
      contentType: 'application/grpc',
      ...framesBehind(before, framesPerRequest),
      numbers,
      shownGaps: [
        `model_name: ${JSON.stringify(model.name)}\ninputs { name: ${JSON.stringify(name)} datatype: "BYTES" contents { `,
        ...Array.from({ length: framesPerRequest - 1 }, () => ' '),
        ' } }',
      ],
    }),
  }
}

/** The field of BYTES in InferTensorContents. */
const bytesContents = 8

function framesBehind(head: Uint8Array, framesPerRequest: number) {
  const places = Array.from({ length: framesPerRequest }, (_, place) => place)
  return {
    leads: places.map((place) => (place === 0 ? head : none)),
    trails: places.map(() => none),
    end: none,
    variables: [],
  }
}
