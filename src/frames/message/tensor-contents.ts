import { BinaryWriter, WireType, type BinaryReader } from '@bufbuild/protobuf/wire'
import { readMessage } from './protobuf.js'

/** One value of a tensor; BYTES are bytes, or a text in JSON. */
export type TensorValue = number | bigint | boolean | string | Uint8Array

/** A tensor of the open inference protocol. `data` is flat, in row-major order. */
export interface Tensor {
  name: string
  /** Such as BYTES, FP32, INT64, UINT8. */
  datatype: string
  shape: number[]
  data: TensorValue[]
}

interface DatatypeForm {
  /** Its field of InferTensorContents. FP16 and BF16 have none and travel only as raw contents. */
  field: number
  /** Bytes of a value in raw contents; undefined for BYTES, which have a length before each value. */
  rawBytes?: number
  wire: 'bool' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'float' | 'double' | 'bytes'
  readRaw: (view: DataView, at: number) => TensorValue
}

const asNumber = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

/** The datatypes (open_inference_grpc.proto, InferTensorContents; inference_rest.md, "Tensor Data Types"). */
const datatypes: Readonly<Record<string, DatatypeForm>> = {
  BOOL: { field: 1, rawBytes: 1, wire: 'bool', readRaw: (view, at) => view.getUint8(at) !== 0 },
  INT8: { field: 2, rawBytes: 1, wire: 'int32', readRaw: (view, at) => view.getInt8(at) },
  INT16: { field: 2, rawBytes: 2, wire: 'int32', readRaw: (view, at) => view.getInt16(at, true) },
  INT32: { field: 2, rawBytes: 4, wire: 'int32', readRaw: (view, at) => view.getInt32(at, true) },
  INT64: {
    field: 3,
    rawBytes: 8,
    wire: 'int64',
    readRaw: (view, at) => asNumber(view.getBigInt64(at, true)),
  },
  UINT8: { field: 4, rawBytes: 1, wire: 'uint32', readRaw: (view, at) => view.getUint8(at) },
  UINT16: { field: 4, rawBytes: 2, wire: 'uint32', readRaw: (view, at) => view.getUint16(at, true) },
  UINT32: { field: 4, rawBytes: 4, wire: 'uint32', readRaw: (view, at) => view.getUint32(at, true) },
  UINT64: {
    field: 5,
    rawBytes: 8,
    wire: 'uint64',
    readRaw: (view, at) => asNumber(view.getBigUint64(at, true)),
  },
  FP32: { field: 6, rawBytes: 4, wire: 'float', readRaw: (view, at) => view.getFloat32(at, true) },
  FP64: { field: 7, rawBytes: 8, wire: 'double', readRaw: (view, at) => view.getFloat64(at, true) },
  BYTES: { field: 8, wire: 'bytes', readRaw: () => new Uint8Array(0) },
}

function formOf(datatype: string): DatatypeForm {
  const form = datatypes[datatype]
  if (form === undefined) throw new Error(`tensors of datatype ${datatype} are not supported`)
  return form
}

const encoder = new TextEncoder()

function asBytes(value: TensorValue): Uint8Array {
  return value instanceof Uint8Array ? value : encoder.encode(String(value))
}

/** Writes the message InferTensorContents. */
export function encodeContents({ datatype, data }: Pick<Tensor, 'datatype' | 'data'>): Uint8Array {
  const { field, wire } = formOf(datatype)
  const writer = new BinaryWriter()
  if (wire === 'bytes') {
    for (const value of data) writer.tag(field, WireType.LengthDelimited).bytes(asBytes(value))
    return writer.finish()
  }
  writer.tag(field, WireType.LengthDelimited).fork()
  for (const value of data) {
    if (wire === 'bool') writer.bool(Boolean(value))
    else if (wire === 'int64' || wire === 'uint64')
      writer[wire](typeof value === 'bigint' ? value : BigInt(Number(value)))
    else writer[wire](Number(value))
  }
  return writer.join().finish()
}

/**
 * Reads the message InferTensorContents.
 *
 * @throws Error if the bytes are no such message or the datatype is not known
 */
export function decodeContents(datatype: string, bytes: Uint8Array): TensorValue[] {
  const { field, wire } = formOf(datatype)
  const data: TensorValue[] = []
  if (wire === 'bytes') {
    readMessage(bytes, { [field]: (reader) => void data.push(reader.bytes()) })
    return data
  }
  const readOne = (reader: BinaryReader): TensorValue => {
    const value = reader[wire]()
    return typeof value === 'string' || typeof value === 'bigint' ? asNumber(BigInt(value)) : value
  }
  // Numbers are packed into one field by every known writer (proto3).
  readMessage(bytes, {
    [field](reader) {
      const end = reader.uint32() + reader.pos
      while (reader.pos < end) data.push(readOne(reader))
    },
  })
  return data
}

/**
 * The values of raw contents: little-endian, without gaps; BYTES with a length of four bytes before each value
 * (raw_input_contents in open_inference_grpc.proto; the binary tensor data extension of Triton).
 *
 * @throws Error if the bytes end within a value or the datatype is not known
 */
export function readRawContents(datatype: string, bytes: Uint8Array): TensorValue[] {
  const { rawBytes, readRaw } = formOf(datatype)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const data: TensorValue[] = []
  for (let at = 0; at < bytes.byteLength;) {
    if (rawBytes !== undefined) {
      data.push(readRaw(view, at))
      at += rawBytes
      continue
    }
    const length = view.getUint32(at, true)
    if (at + 4 + length > bytes.byteLength) throw new Error('raw contents end within a value')
    data.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return data
}

/** BYTES as raw contents. */
export function writeRawBytes(values: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(value.length)
      return [length, value]
    }),
  )
}
