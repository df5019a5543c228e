export interface ServerPorts {
  inference: number
  management: number
  metrics: number
  grpcInference: number
  grpcManagement: number
  /** First of the workers' ports: file names of Unix sockets where the system has them. */
  workers: number
}

/** TorchServe's default, said explicitly: what an overloaded server refuses depends on it. */
export const jobQueueSize = 100

/** TorchServe's 6.5 MB would refuse large client batches with an empty 413. */
const maxBodyBytes = 256 * 1024 * 1024

function escapeValue(value: string | number | boolean): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** `key=value` lines of Java's Properties format. Pure. */
export function formatProperties(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${escapeValue(value)}\n`)
    .join('')
}

/** The configuration of a managed TorchServe: loopback only, nothing measured in the background. Pure. */
export function configProperties(ports: ServerPorts, modelStore: string): string {
  return formatProperties({
    inference_address: `http://127.0.0.1:${ports.inference}`,
    management_address: `http://127.0.0.1:${ports.management}`,
    metrics_address: `http://127.0.0.1:${ports.metrics}`,
    grpc_inference_address: '127.0.0.1',
    grpc_management_address: '127.0.0.1',
    grpc_inference_port: ports.grpcInference,
    grpc_management_port: ports.grpcManagement,
    initial_worker_port: ports.workers,
    model_store: modelStore,
    default_workers_per_model: 1,
    job_queue_size: jobQueueSize,
    max_request_size: maxBodyBytes,
    max_response_size: maxBodyBytes,
    // The default, log, leaves the metrics endpoint empty and writes lines for each request.
    metrics_mode: 'prometheus',
    // Otherwise a Python process imports torch every minute and competes with the workers.
    disable_system_metrics: true,
    disable_token_authorization: true,
    enable_model_api: true,
    enable_envvars_config: false,
  })
}
