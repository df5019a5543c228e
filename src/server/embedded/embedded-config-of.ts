import type { EmbeddedSettings, ModelSettings } from '../../scenario/settings.js'
import { embeddedDefaults } from './embedded-config.js'
import type { EmbeddedConfig } from './embedded-config.js'
import { parseFaults } from './faults.js'

export interface EmbeddedFiles {
  logFile?: string
  exactLogFile?: string
  seed?: number
}

/** The process's configuration from a point's settings. Throws a UserError for faults that are none. */
export function embeddedConfig(
  settings: EmbeddedSettings,
  model: ModelSettings,
  { logFile, exactLogFile, seed }: EmbeddedFiles,
): EmbeddedConfig {
  const { tauMs, alphaMs, jitter, faults = {} } = settings
  return {
    ...embeddedDefaults,
    inferencePort: 0,
    managementPort: 0,
    metricsPort: 0,
    archives: [
      {
        file: `${model.name}.mar`,
        modelName: model.name,
        service: { tauMs, alphaMs, jitter },
        faults: parseFaults(faults),
      },
    ],
    ...(seed !== undefined && { seed }),
    ...(logFile !== undefined && { logFile }),
    ...(exactLogFile !== undefined && { exactLogFile }),
  }
}
