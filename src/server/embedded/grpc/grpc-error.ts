import { FrontendError } from '../frontend-answer.js'
import type { GrpcStatusName } from '../../grpc-status.js'

/** The failure of a call: a status other than OK, and its message. */
export class GrpcError extends Error {
  readonly status: GrpcStatusName

  constructor(status: GrpcStatusName, message: string) {
    super(message)
    this.status = status
  }
}

/** The status of an error that a method threw or answered. */
export type GrpcErrorFrom = (error: unknown) => GrpcError

/** Statuses of a worker's errors (util/GRPCUtils.java). */
const statuses: Readonly<Record<number, GrpcStatusName>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'RESOURCE_EXHAUSTED',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  // A worker that was killed, with exit code 137. It is a 413 until the HTTP frontend makes a 507 of it.
  507: 'RESOURCE_EXHAUSTED',
}

/**
 * An error of TorchServe's frontend as its gRPC API tells it: the message, and the name of the exception in a second
 * line (grpcimpl/InferenceImpl.java, job/GRPCJob.java). An error that is none of TorchServe's has no message.
 */
export const grpcErrorFrom: GrpcErrorFrom = (error) => {
  if (error instanceof GrpcError) return error
  if (!(error instanceof FrontendError)) return new GrpcError('UNKNOWN', '')
  const { status, type, message } = error
  switch (type) {
    case 'ModelNotFoundException':
    case 'ModelVersionNotFoundException':
      return new GrpcError('INTERNAL', `${message}\norg.pytorch.serve.archive.model.${type}`)
    // A full queue, or no worker.
    case 'ServiceUnavailableException':
      return new GrpcError('INTERNAL', `${message}\nInternalServerException.()`)
    case 'BadRequestException':
      return new GrpcError('INTERNAL', `${message}\nBadRequestException.()`)
    case 'InvalidKeyException':
      return new GrpcError('PERMISSION_DENIED', message)
    default: {
      const fallback = status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL'
      return new GrpcError(statuses[status] ?? fallback, `${message}\norg.pytorch.serve.http.${type}`)
    }
  }
}
