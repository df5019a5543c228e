import { didYouMean, nearestName } from '../text/nearest-name.js'
import { GrammarError } from './grammar-error.js'
import { environmentVariable } from './http-header.js'

/** Lines of config.properties that a managed server gets from Framestorm, and why. */
const reserved: readonly { keys: readonly string[]; reason: string; remedy?: string }[] = [
  {
    keys: [
      'inference_address',
      'management_address',
      'metrics_address',
      'grpc_inference_address',
      'grpc_management_address',
      'grpc_inference_port',
      'grpc_management_port',
      'initial_worker_port',
    ],
    reason: 'Framestorm chooses free ports on 127.0.0.1',
  },
  {
    keys: [
      'keystore',
      'keystore_pass',
      'keystore_type',
      'certificate_file',
      'private_key_file',
      'enable_grpc_ssl',
    ],
    reason: 'the managed server listens on 127.0.0.1 without TLS',
  },
  {
    keys: [
      'model_store',
      'model_snapshot',
      'workflow_store',
      'models',
      'load_models',
      'allowed_urls',
      'use_env_allowed_urls',
    ],
    reason: 'Framestorm registers the model itself',
    remedy: 'Set model.archive to the archive.',
  },
  {
    keys: ['default_workers_per_model'],
    reason: 'server.workers sets the number of workers',
    remedy: 'Set server.workers.',
  },
  {
    keys: ['metrics_mode', 'enable_metrics_api'],
    reason: 'Framestorm reads the counters of the metrics API',
  },
  {
    keys: ['disable_token_authorization', 'token_expiration_min', 'enable_model_api'],
    reason: 'Framestorm calls the management API, which is open on 127.0.0.1 only',
  },
  {
    keys: ['enable_envvars_config'],
    reason: 'variables named TS_* would replace settings of the run',
    remedy: 'Write the setting in config.',
  },
  {
    keys: ['python', 'model_server_home', 'plugins_path', 'version'],
    reason: 'Framestorm starts java itself',
  },
]

/** The other keys that TorchServe 0.12 reads (util/ConfigManager.java; vmargs: ts/model_server.py). */
const settable: readonly string[] = [
  'async_logging',
  'blacklist_env_vars',
  'cors_allowed_headers',
  'cors_allowed_methods',
  'cors_allowed_origin',
  'cpp_log_config',
  'cpu_launcher_args',
  'cpu_launcher_enable',
  'debug',
  'decode_input_request',
  'default_response_timeout',
  'default_service_handler',
  'default_startup_timeout',
  'disable_system_metrics',
  'grpc_inference_max_connection_age_grace_ms',
  'grpc_inference_max_connection_age_ms',
  'grpc_management_max_connection_age_grace_ms',
  'grpc_management_max_connection_age_ms',
  'initial_distribution_port',
  'install_py_dep_per_model',
  'io_ratio',
  'ipex_enable',
  'ipex_gpu_enable',
  'job_queue_size',
  'limit_max_image_pixels',
  'max_request_size',
  'max_response_size',
  'metric_time_interval',
  'metrics_config',
  'model_metrics_auto_detect',
  'netty_client_threads',
  'number_of_gpu',
  'number_of_netty_threads',
  'prefer_direct_buffer',
  'service_envelope',
  'system_metrics_cmd',
  'ts_header_key_sequence_end',
  'ts_header_key_sequence_id',
  'ts_header_key_sequence_start',
  'ts_open_inference_protocol',
  'unregister_model_timeout',
  'use_native_io',
  'vmargs',
]

/**
 * Checks the name of a line of config.properties. TorchServe ignores unknown names without a word, so a misspelt one
 * would be measured as if it had no effect.
 *
 * @throws GrammarError
 */
export function requireConfigKey(key: string): void {
  if (settable.includes(key)) return
  const taken = reserved.find(({ keys }) => keys.includes(key))
  if (taken !== undefined) {
    throw new GrammarError(
      `${key} cannot be set on a managed server: ${taken.reason}`,
      {
        expected: 'a setting that Framestorm does not make itself, such as job_queue_size',
        received: key,
        remedy: taken.remedy ?? `Remove ${key}. Or start TorchServe yourself and measure it by its URL.`,
      },
      { ofName: true },
    )
  }
  const nearest = nearestName(key, settable)
  throw new GrammarError(
    `TorchServe has no setting ${key}${didYouMean(key, settable)}`,
    {
      expected: 'a name of config.properties such as job_queue_size or number_of_netty_threads',
      received: key,
      remedy: nearest === undefined ? `Remove ${key}.` : `Write ${nearest} in place of ${key}.`,
    },
    { ofName: true },
  )
}

/** Variables that Framestorm sets for its own server. */
const ownVariables = new Set([
  'TEMP',
  'TMPDIR',
  'LOG_LOCATION',
  'METRICS_LOCATION',
  'FRAMESTORM_WORKER_SETTINGS',
])

const secretName = /token|secret|passw|credential|api_?key|access_?key|private_?key/i

/**
 * Checks one environment variable of a managed server. The value of a variable that is named like a secret must be a
 * reference, because scenarios and runs are files that people share.
 *
 * @throws GrammarError; it never repeats the value
 */
export function requireVariable(name: string, value: string): void {
  const expected = 'variables such as OMP_NUM_THREADS: 1'
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new GrammarError(
      'env has a name that is not an environment variable',
      {
        expected,
        received: name.includes('=') ? 'a name with = in it' : name,
      },
      { ofName: true },
    )
  }
  if (ownVariables.has(name) || name.startsWith('TS_')) {
    const own = ownVariables.has(name)
    throw new GrammarError(
      own
        ? `Framestorm sets ${name} for its own server`
        : `${name} has no effect: a managed server reads its settings from config`,
      { expected, received: name, remedy: own ? `Remove ${name}.` : 'Write the setting in server.config.' },
      { ofName: true },
    )
  }
  if (value.startsWith('$env:') && environmentVariable(value) === undefined) {
    throw new GrammarError(
      `the value of ${name} does not name an environment variable`,
      {
        expected: '$env: and a name, such as $env:HF_TOKEN',
        received: 'something else (hidden: it may be a secret)',
      },
      { secret: true },
    )
  }
  if (secretName.test(name) && environmentVariable(value) === undefined) {
    throw new GrammarError(
      `the value of ${name} may be a secret, and scenarios and runs are saved`,
      {
        expected: `$env:${name}, which is read from the environment and never saved`,
        received: 'a value (hidden)',
        remedy: `Write ${name}: $env:${name} and set that variable before the run.`,
      },
      { secret: true },
    )
  }
}
