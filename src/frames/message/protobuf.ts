import { BinaryReader } from '@bufbuild/protobuf/wire'

/** Reads the fields of a message, by field number. Each reader must consume exactly the value of its field. */
type FieldReaders = Readonly<Record<number, (reader: BinaryReader) => void>>

/**
 * Reads a protobuf message. Fields without a reader are skipped.
 *
 * @throws Error if the bytes are no protobuf message
 */
export function readMessage(bytes: Uint8Array, fields: FieldReaders): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const read = fields[number]
    if (read === undefined) reader.skip(wireType, number)
    else read(reader)
  }
}

/** A unary method, and how its messages are written and read. Reading throws an Error if the bytes are no such message. */
export interface GrpcMethod<Request, Response> {
  /** Its path, such as `/package.Service/Method`. */
  path: string
  encodeRequest: (request: Request) => Uint8Array
  decodeRequest: (bytes: Uint8Array) => Request
  encodeResponse: (response: Response) => Uint8Array
  decodeResponse: (bytes: Uint8Array) => Response
}
