/** Status codes of gRPC (grpc/doc/statuscodes.md). */
export const grpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

export type GrpcStatusName = keyof typeof grpcStatus

const names = new Map<number, string>(Object.entries(grpcStatus).map(([name, status]) => [status, name]))

/** `UNAVAILABLE`; undefined if the number is no status of gRPC, but one of HTTP. */
export function grpcStatusName(status: number): string | undefined {
  return names.get(status)
}

/** The text of a `grpc-message` field: percent-encoded UTF-8 (grpc/doc/PROTOCOL-HTTP2.md, Status-Message). */
export function encodeGrpcMessage(message: string): string {
  return Array.from(Buffer.from(message), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x25
      ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      : String.fromCodePoint(byte),
  ).join('')
}

/** The text of a `grpc-message` field. Malformed escapes stay as they are. */
export function decodeGrpcMessage(field: string): string {
  const bytes = field.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
