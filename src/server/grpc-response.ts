import { decodeGrpcMessage, grpcStatus } from './grpc-status.js'

/** Names are in lower case. */
export type HeaderFields = readonly (readonly [name: string, value: string])[]

/** Larger than any answer of a model. It limits the memory that a broken server can use. */
const mostMessageBytes = 64 * 1024 * 1024
/** Stored of the body of an answer that is not gRPC, such as the error page of a proxy. */
const mostErrorBytes = 4096
/** A flag, and four bytes of length (grpc/doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message). */
const prefixBytes = 5
/** Of an answer that is malformed, kept to be shown. */
const mostShownBytes = 300

/**
 * Reads one answer of a unary call after another, from header fields and data (grpc/doc/PROTOCOL-HTTP2.md). Never throws.
 *
 * - `incomplete`: more has to come.
 * - `complete`: `head.status` and `body` are valid.
 * - `deadline`: the server gave up at the deadline of the call (DEADLINE_EXCEEDED).
 * - `bad`: this is no answer of gRPC; `problem` says why.
 */
export class GrpcResponse {
  state: 'incomplete' | 'complete' | 'deadline' | 'bad' = 'incomplete'
  readonly head = {
    /** 200 for OK. Otherwise the status of gRPC (1 to 16), or that of HTTP if there is no status of gRPC. */
    status: 0,
    /** The id that the request carried, since servers of gRPC give none; all 0 if it carried none. */
    serverRequestId: new Uint32Array(4),
  }
  /** The bytes of `head.serverRequestId`. */
  readonly requestId = new Uint8Array(this.head.serverRequestId.buffer)
  problem = ''
  /** What the server says about a status other than OK. */
  message = ''
  /** Bytes of data so far. */
  bodyBytes = 0
  /** True if nothing of an answer has arrived yet. */
  untouched = true
  /**
   * Of a complete answer, valid until the next one: the message without its prefix, or the text of an error. Undefined if
   * bodies are not kept and the status is OK.
   */
  body: Uint8Array | undefined
  private httpStatus = 0
  private isGrpc = false
  private data = new Uint8Array(1024)
  private readonly keepBody: boolean

  constructor(keepBody: boolean) {
    this.keepBody = keepBody
  }

  /** Prepares for the next answer. */
  reset(): void {
    this.state = 'incomplete'
    this.head.status = 0
    this.problem = ''
    this.message = ''
    this.bodyBytes = 0
    this.untouched = true
    this.httpStatus = 0
    this.isGrpc = false
    this.body = undefined
  }

  /** The beginning of the data so far. */
  get beginning(): Uint8Array {
    return this.data.slice(0, Math.min(this.bodyBytes, mostShownBytes))
  }

  headers(fields: HeaderFields, endStream: boolean): void {
    this.untouched = false
    let status: string | undefined
    for (const [name, value] of fields) {
      if (name === ':status') this.httpStatus = Number(value)
      else if (name === 'content-type') this.isGrpc = value.startsWith('application/grpc')
      else if (name === 'grpc-status') status = value
      else if (name === 'grpc-message') this.message = decodeGrpcMessage(value)
    }
    if (endStream) this.end(status)
  }

  add(bytes: Uint8Array, from: number, to: number, endStream: boolean): void {
    const at = this.bodyBytes
    this.bodyBytes += to - from
    // The prefix is read in any case.
    const most = !this.isGrpc ? mostErrorBytes : this.keepBody ? mostMessageBytes : prefixBytes
    const kept = Math.min(to - from, most - at)
    if (kept > 0) {
      if (this.data.length < at + kept) {
        const larger = new Uint8Array(2 * (at + kept))
        larger.set(this.data.subarray(0, at))
        this.data = larger
      }
      this.data.set(bytes.subarray(from, from + kept), at)
    }
    if (this.isGrpc && (this.bodyBytes > mostMessageBytes || (at < prefixBytes && this.isTooLarge)))
      this.fail('its message has more than 64 MB')
    else if (endStream) this.end(undefined)
  }

  /** Called when nothing follows. `status`: the field grpc-status. */
  end(status: string | undefined): void {
    if (this.state !== 'incomplete') return
    const { httpStatus, head } = this
    if (status === undefined) {
      if (httpStatus === 200 || httpStatus < 100) {
        this.fail(this.isGrpc ? 'it ends without a grpc-status' : 'its content type is not application/grpc')
        return
      }
      this.complete(httpStatus, this.data.subarray(0, Math.min(this.bodyBytes, mostErrorBytes)))
      return
    }
    // A status that is no number is UNKNOWN (PROTOCOL-HTTP2.md, "Responses").
    const code = /^\d+$/.test(status) ? Number(status) : grpcStatus.UNKNOWN
    if (code === grpcStatus.DEADLINE_EXCEEDED) {
      this.state = 'deadline'
      head.status = code
    } else if (code !== grpcStatus.OK) this.complete(code, Buffer.from(this.message, 'utf8'))
    else this.endMessage()
  }

  /** Whether the length in the prefix, once it is there, is beyond the limit. */
  private get isTooLarge(): boolean {
    return this.bodyBytes >= prefixBytes && new DataView(this.data.buffer).getUint32(1) > mostMessageBytes
  }

  private endMessage(): void {
    const { data, bodyBytes } = this
    const length = new DataView(data.buffer).getUint32(1)
    if (bodyBytes < prefixBytes) this.fail('it is OK without a message')
    else if (data[0] !== 0) this.fail('its message is compressed')
    else if (length < bodyBytes - prefixBytes) this.fail('it has more than one message')
    else if (length > bodyBytes - prefixBytes) this.fail('its message is incomplete')
    else this.complete(200, this.keepBody ? data.subarray(prefixBytes, bodyBytes) : undefined)
  }

  private complete(status: number, body: Uint8Array | undefined): void {
    this.state = 'complete'
    this.head.status = status
    this.body = body
  }

  private fail(problem: string): void {
    this.state = 'bad'
    this.problem = problem
  }
}
