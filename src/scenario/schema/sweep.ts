import * as z from 'zod'

/** A setting that may be one value or a list; each element of a list becomes cells of its own in the plan. */
export function sweep<S extends z.ZodType>(value: S): z.ZodUnion<[S, z.ZodArray<S>]> {
  return z.union([value, z.array(value).min(1)])
}
