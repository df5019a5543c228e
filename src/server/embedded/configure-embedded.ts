import type { EmbeddedSettings, ModelSettings } from '../../scenario/schema/settings.js'
import { embeddedDefaults } from './embedded-config.js'
import type { EmbeddedConfig } from './embedded-config.js'
import { parseFaults } from '../../scenario/grammar/faults.js'
import { readServiceTimeTable } from './service-time-table.js'

export type EmbeddedChoices = Partial<Omit<EmbeddedConfig, 'archives'>>

/**
 * The server's configuration from a point's settings: one archive in its store, that of the model. Throws a
 * UserError for faults that there are none of and for a table that cannot be read.
 */
export async function configureEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  choices: EmbeddedChoices,
): Promise<EmbeddedConfig> {
  const { tauMs, alphaMs, jitter, table, faults = {} } = settings
  return {
    ...embeddedDefaults,
    ...choices,
    archives: [
      {
        file: archiveOf(model),
        modelName: model.name,
        service: {
          tauMs,
          alphaMs,
          jitter,
          ...(table !== undefined && { table: await readServiceTimeTable(table) }),
        },
        faults: parseFaults(faults),
      },
    ],
  }
}

/** The name under which the embedded server's store holds a model. */
export function archiveOf(model: ModelSettings): string {
  return `${model.name}.mar`
}
