import { availableParallelism } from 'node:os'

import type { ServerIdentity } from '../running-server.js'
import { jobQueueSize } from './config-properties.js'
import type { TorchServeParts } from './running-torchserve.js'

/** What is known of a managed TorchServe, in words. Pure but for the number of cores. */
export function torchServeIdentity(
  parts: Pick<TorchServeParts, 'environment' | 'archive' | 'model'>,
): ServerIdentity {
  const { environment, archive, model } = parts
  const { versions, java } = environment
  const version = versions['torchserve']
  return {
    kind: 'torchserve',
    label: `TorchServe ${version ?? 'of unknown version'}`,
    version,
    details: {
      java: `${java.version} (${java.source})`,
      python: environment.pythonVersion,
      torch: versions['torch'] ?? 'unknown',
      numpy: versions['numpy'] ?? 'unknown',
      pillow: versions['pillow'] ?? 'unknown',
      weights: model.archive === undefined ? model.weights : `of ${model.archive}`,
      archive: `sha256 ${archive.hash}`,
      'job queue': String(jobQueueSize),
      cores: String(availableParallelism()),
    },
  }
}
