import * as z from 'zod'
import { scenarioSchema } from './scenario-schema.js'

/** The JSON Schema (draft 2020-12) of a scenario file, by which editors complete and check it while it is written. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioSchema, {
    io: 'input',
    // zod bounds every whole number by the largest safe one, which tells a reader nothing.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
}
