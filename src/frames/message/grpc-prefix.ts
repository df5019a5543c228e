/** Bytes of a gRPC message's prefix: one of a flag (0: not compressed), and four of the length (big-endian). */
export const grpcPrefixBytes = 5

/** A message as gRPC sends it: with its prefix (grpc/doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message). */
export function withGrpcPrefix(message: Uint8Array): Buffer {
  const whole = Buffer.alloc(grpcPrefixBytes + message.length)
  whole.writeUInt32BE(message.length, 1)
  whole.set(message, grpcPrefixBytes)
  return whole
}
