/** How requests travel: a POST over HTTP/1.1, or a unary gRPC call over HTTP/2. */
export const protocols = ['http', 'grpc'] as const

/** What the body of a request to a model is: TorchServe's form, the open inference protocol, or any other. */
export const predictionApis = ['torchserve', 'oip', 'custom'] as const
