import * as z from 'zod'
import { scenarioSchema } from '../../src/scenario/schema/scenario-schema.js'

/** The JSON Schema (draft 2020-12) of a scenario file, by which editors complete and check it while it is written. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioSchema, {
    io: 'input',
    // zod bounds every whole number by the largest safe one, which tells a reader nothing.
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves out the default of what a text is parsed into; here it is that of the text.
      const byDefault = z.globalRegistry.get(zodSchema)?.['default']
      if (byDefault !== undefined) jsonSchema.default = byDefault
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
}
