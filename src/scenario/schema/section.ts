import * as z from 'zod'
import { isMapping } from '../text/is-mapping.js'
import { didYouMean, nearestName } from '../text/nearest-name.js'

/**
 * A mapping with a fixed set of fields. Like zod's strictObject, but every unknown key is an issue of its own,
 * placed at the key, that names the nearest known one, and it is reported even where other fields are wrong
 * (`when`), so that a user sees all mistakes at once.
 *
 * @param id names the definition in the JSON Schema
 */
export function section<S extends z.ZodRawShape>(id: string, description: string, shape: S): z.ZodObject<S>
// The keys that `looseObject` lets through are refused here: what is left has exactly the fields of the shape.
export function section(id: string, description: string, shape: z.ZodRawShape): z.ZodType {
  const known = Object.keys(shape)
  return z
    .looseObject(shape)
    .superRefine(
      (value, context) => {
        if (!isMapping(value)) return
        for (const key of Object.keys(value)) {
          if (known.includes(key)) continue
          const nearest = nearestName(key, known)
          context.addIssue({
            code: 'custom',
            path: [key],
            message: `unknown field ${key}${didYouMean(key, known)}`,
            params: {
              unknownKey: true,
              expected: `one of ${known.join(', ')}`,
              received: key,
              remedy: nearest === undefined ? `Remove ${key}.` : `Write ${nearest} in place of ${key}.`,
            },
          })
        }
      },
      { when: () => true },
    )
    .meta({ id, description, additionalProperties: false })
}
