import * as z from 'zod'
import { isMapping } from '../text/located-data.js'
import { didYouMean, nearestName } from '../text/nearest-name.js'

/*
 * A setting is written once, as a field of a section. Everything else derives from it: what a scenario file accepts
 * (`raw`), its JSON Schema and documentation, what a planned point holds (`point`, which also validates saved plans),
 * and the default that is applied in between.
 */

/** The schemas of a value in a scenario file and in a point. */
export interface Value<Raw extends z.ZodType, OfPoint extends z.ZodType> {
  raw: Raw
  point: OfPoint
  /** For settings that may name a file of this machine: true if a value names one. */
  isFile?: ((value: string) => boolean) | undefined
}

export interface DefaultedField<Raw extends z.ZodType, OfPoint extends z.ZodType, Default> extends Value<
  Raw,
  OfPoint
> {
  byDefault: Default
}

export type Sweep<V extends z.ZodType> = z.ZodUnion<[V, z.ZodArray<V>]>

/** A value, or a list of values. Each value becomes a separate point. */
export function sweep<V extends z.ZodType>(value: V): Sweep<V> {
  return z.union([value, z.array(value).min(1)])
}

/** A value whose lists are not swept. */
export class Unswept<T> {
  readonly value: T
  constructor(value: T) {
    this.value = value
  }
}

/** A value with every list replaced by one of its elements. */
export type OneOf<T> =
  T extends Unswept<infer Value>
    ? Value
    : T extends readonly (infer Element)[]
      ? OneOf<Element>
      : T extends object
        ? { [Key in keyof T]: OneOf<T[Key]> }
        : T

/**
 * A setting that may be swept.
 *
 * @param point the schema of the value in a point, if it differs from the value as written
 */
export function swept<V extends z.ZodType>(value: V): Value<Sweep<V>, V>
export function swept<V extends z.ZodType, P extends z.ZodType>(value: V, point: P): Value<Sweep<V>, P>
export function swept(value: z.ZodType, point = value): Value<z.ZodType, z.ZodType> {
  return { raw: sweep(value), point }
}

/** A setting that is the same for all points of its section. */
export function fixed<V extends z.ZodType>(value: V): Value<V, V>
export function fixed<V extends z.ZodType, P extends z.ZodType>(value: V, point: P): Value<V, P>
export function fixed(value: z.ZodType, point = value): Value<z.ZodType, z.ZodType> {
  return { raw: value, point }
}

/** A setting that is one value for all points although it holds lists. */
export function unswept<V extends z.ZodType>(
  value: V,
): Value<z.ZodType<Unswept<z.output<V>>, z.input<V>>, V> {
  return { raw: value.transform((whole) => new Unswept(whole)), point: value }
}

/** The descriptions become the JSON Schema and the tables of docs/scenario.md. */
export function required<R extends z.ZodType, P extends z.ZodType>(
  { raw, point }: Value<R, P>,
  description: string,
): Value<R, P> {
  return { raw: raw.meta({ description }), point }
}

export function optional<R extends z.ZodType, P extends z.ZodType>(
  { raw, point }: Value<R, P>,
  description: string,
): Value<z.ZodOptional<R>, z.ZodOptional<P>> {
  return { raw: raw.optional().meta({ description }), point: point.optional() }
}

/** The schema only states the default. It is applied to each point, after the sweeps are expanded. */
export function defaulted<R extends z.ZodType, P extends z.ZodType, const D extends z.input<R>>(
  { raw, point }: Value<R, P>,
  byDefault: D,
  description: string,
): DefaultedField<z.ZodOptional<R>, P, D> {
  return { raw: raw.optional().meta({ description, default: byDefault }), point, byDefault }
}

/** A setting whose values may name files: relative paths are resolved, and shown without their folder. */
export function fileSetting<F extends Value<z.ZodType, z.ZodType>>(
  field: F,
  isFile = (_value: string) => true,
): F {
  return { ...field, isFile }
}

type Fields = Record<string, Value<z.ZodType, z.ZodType>>
type RawShape<F extends Fields> = { [K in keyof F]: F[K]['raw'] }
type PointShape<F extends Fields> = { [K in keyof F]: F[K]['point'] }
type DefaultsOf<F extends Fields> = {
  [
    K in keyof F as F[K] extends DefaultedField<z.ZodType, z.ZodType, unknown> ? K : never
  ]: F[K] extends DefaultedField<z.ZodType, z.ZodType, infer D> ? D : never
}

export interface Section<F extends Fields> {
  fields: F
  /** The mapping in a scenario file: sweeps are still lists, defaults are not applied. */
  raw: z.ZodObject<RawShape<F>>
  /** The same section of a planned point. */
  point: z.ZodObject<PointShape<F>>
  defaults: DefaultsOf<F>
}

/**
 * A mapping with a fixed set of fields.
 *
 * @param id the name of its definition in the JSON Schema
 */
export function section<F extends Fields>(id: string, description: string, fields: F): Section<F>
export function section(id: string, description: string, fields: Fields): Section<Fields> {
  const entries = Object.entries(fields)
  return {
    fields,
    raw: strictMapping(
      id,
      description,
      Object.fromEntries(entries.map(([name, { raw }]) => [name, raw] as const)),
    ),
    point: savedMapping(Object.fromEntries(entries.map(([name, { point }]) => [name, point] as const))),
    defaults: Object.fromEntries(
      entries.flatMap(([name, field]) => ('byDefault' in field ? [[name, field.byDefault] as const] : [])),
    ),
  }
}

/** The fields of a section, all optional: an entry of `points` replaces some of them. */
export function noneRequired<F extends Fields>(
  fields: F,
): { [K in keyof F]: Value<z.ZodOptional<F[K]['raw']>, F[K]['point']> }
export function noneRequired(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, raw: field.raw.optional() }]),
  )
}

/** The given fields, and the default of each field that is absent. */
export function applyDefaults<D extends object, R extends object>(
  defaults: D,
  written: R | undefined,
): Omit<R, keyof D> & { [K in keyof D]: D[K] | (K extends keyof R ? Exclude<R[K], undefined> : never) }
export function applyDefaults(defaults: object, written: object | undefined): object {
  const given = Object.entries(written ?? {}).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}

/**
 * A mapping of a saved run. Fields that a later Framestorm added within the same version of the format are kept, and
 * --resume writes them back. The type has only the known fields.
 */
export function savedMapping<S extends z.ZodRawShape>(shape: S): z.ZodObject<S>
export function savedMapping(shape: z.ZodRawShape): z.ZodType {
  return z.looseObject(shape)
}

/**
 * Like zod's strictObject, but each unknown key is a separate issue, placed at the key, that names the nearest known
 * key. Unknown keys are reported even if other fields are wrong (`when`), so that a user sees all mistakes at once.
 */
function strictMapping(id: string, description: string, shape: z.ZodRawShape): z.ZodObject
// This check rejects the keys that `looseObject` lets through, so the result has exactly the fields of the shape.
function strictMapping(id: string, description: string, shape: z.ZodRawShape): z.ZodType {
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
              meant: nearest,
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
