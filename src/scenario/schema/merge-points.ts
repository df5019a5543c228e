import type * as z from 'zod'
import { isMapping } from '../text/located-data.js'
import { requestTemplate, templateEncoding, type RequestTemplate } from '../grammar/request-template.js'
import { batchingProblem } from './batching.js'
import { Unswept } from './section.js'
import type { RawScenario } from './scenario-schema.js'

/** The sections of one entry of `points`, or of the scenario itself if it has no `points`. Sweeps are still lists. */
export type RawSections = Pick<
  RawScenario,
  'video' | 'server' | 'model' | 'batching' | 'load' | 'measure' | 'slo'
>

type Mapping = Record<string, unknown>

/**
 * Merges the fields of each entry of `points` into those of the scenario, section by section. A server or a load is
 * replaced as a whole, because the fields of one kind have no meaning for another.
 */
export function mergePoints(scenario: RawScenario): RawSections[]
/**
 * Also accepts data that the schema rejected, so that `sectionIssues` can report together with the checks of the
 * single fields.
 */
export function mergePoints(scenario: Mapping): Mapping[]
export function mergePoints(scenario: Mapping): Mapping[] {
  const { points } = scenario
  const entries: unknown[] = Array.isArray(points) ? points : [{}]
  return entries.map((entry) => mergeEntry(scenario, isMapping(entry) ? entry : {}))
}

function mergeEntry(base: Mapping, entry: Mapping): Mapping {
  return {
    video: merged(base['video'], entry['video']),
    server: entry['server'] ?? base['server'],
    model: merged(base['model'], entry['model']),
    batching: merged(base['batching'], entry['batching'], withoutOtherSpelling),
    load: entry['load'] ?? base['load'],
    measure: merged(base['measure'], entry['measure']),
    slo: merged(base['slo'], entry['slo']),
  }
}

function merged(base: unknown, entry: unknown, prepare = (section: Mapping, _: Mapping) => section): unknown {
  if (!isMapping(entry)) return base
  // A list of sections is swept: the fields are merged into each of them.
  if (Array.isArray(base)) return base.map((element: unknown) => merged(element, entry, prepare))
  return { ...prepare(isMapping(base) ? base : {}, entry), ...entry }
}

/** An entry with K and B replaces the mode and batchSize of the scenario, and the other way round. */
function withoutOtherSpelling(base: Mapping, entry: Mapping): Mapping {
  const { mode, framesPerRequest, serverBatchSize, batchSize, ...rest } = base
  if ('framesPerRequest' in entry || 'serverBatchSize' in entry) {
    return { ...rest, framesPerRequest, serverBatchSize }
  }
  if ('mode' in entry) return { ...rest, mode, batchSize }
  return base
}

/**
 * The issues of sections that are missing or contradict each other: each entry must define its batching exactly once,
 * and a load, and an encoding that is written must be the encoding of the request template. Unless the number of cameras
 * is searched, a camera load must have one, or a closed load that it is a share of.
 */
export function sectionIssues(
  { points }: Mapping,
  entries: readonly Mapping[],
  { camerasAreSearched = false }: { camerasAreSearched?: boolean | undefined } = {},
): z.core.$ZodIssue[] {
  const batchings = entries.flatMap(({ batching }, index) =>
    Array.isArray(points)
      ? eachOf(batching, []).map(({ settings }) => ({ settings, path: batchingPath(points, index) }))
      : eachOf(batching, ['batching']),
  )
  const issues = batchings.flatMap(({ settings, path }) => {
    const problem = batchingProblem(settings)
    if (problem === undefined) return []
    const { message, field, ...params } = problem
    return [issue(field === undefined ? path : [...path, field], message, params)]
  })
  issues.push(...contradictoryEncodings(points, entries))
  if (!camerasAreSearched) issues.push(...unknownCameras(points, entries))
  if (entries.every(({ load }) => load !== undefined)) return issues
  const load = issue(['load'], 'load is missing', {
    expected: 'a load, or a list of loads',
    remedy: 'Add for example `load: { kind: closed, framesInFlight: 8 }`.',
  })
  return [...issues, load]
}

function unknownCameras(points: unknown, entries: readonly Mapping[]): z.core.$ZodIssue[] {
  const loads = entries.flatMap(({ load }, index) => {
    const own = Array.isArray(points) && isMapping(points[index]) && points[index]['load'] !== undefined
    return eachOf(load, own ? ['points', index, 'load'] : ['load'])
  })
  const hasClosed = loads.some(({ settings }) => isMapping(settings) && settings['kind'] === 'closed')
  const distinct = new Map(loads.map((load) => [load.path.join('.'), load]))
  return [...distinct.values()].flatMap(({ settings, path }) => {
    if (!isMapping(settings) || settings['kind'] !== 'cameras') return []
    const { cameras, ofCeiling } = settings
    if (cameras === undefined && ofCeiling === undefined)
      return issue([...path, 'cameras'], `${path.join('.')}.cameras is missing`, {
        expected: 'a number of cameras, or ofCeiling: their number as a share of the ceiling',
        remedy: 'Add for example `cameras: 4`, or `ofCeiling: 0.8` beside a closed load.',
      })
    if (ofCeiling === undefined || hasClosed) return []
    return issue([...path, 'ofCeiling'], 'ofCeiling needs a closed load', {
      expected: 'a load of `kind: closed` in the same scenario, whose FPS is the ceiling',
      remedy: 'Add `{ kind: closed }` to the loads, or write a number of cameras.',
    })
  })
}

function contradictoryEncodings(points: unknown, entries: readonly Mapping[]): z.core.$ZodIssue[] {
  return entries.flatMap(({ batching, model }, index) => {
    const kinds = eachOf(model, []).flatMap(({ settings }) => templateKind(settings) ?? [])
    return eachOf(batching, ['batching']).flatMap(({ settings, path }) => {
      const written = isMapping(settings) ? settings['encoding'] : undefined
      const own = Array.isArray(points) && isOwn(points[index], 'batching', 'encoding')
      const at = own ? ['points', index, 'batching', 'encoding'] : [...path, 'encoding']
      const encodings = eachOf(written, at)
      return kinds.flatMap((kind) =>
        encodings.flatMap(({ settings: encoding, path: place }) => {
          // The check of the field itself reports what is no text.
          if (typeof encoding !== 'string' || encoding === 'auto' || encoding === templateEncoding[kind])
            return []
          return issue(place, `encoding ${encoding} contradicts the template of model.request`, {
            expected: `auto or ${templateEncoding[kind]}: model.request.${kind} is a template`,
            received: encoding,
            remedy: 'Remove encoding. The template decides how frames are sent.',
          })
        }),
      )
    })
  })
}

function templateKind(model: unknown): RequestTemplate['kind'] | undefined {
  const request = isMapping(model) && isMapping(model['request']) ? model['request'] : {}
  const { json, multipart } = request
  return requestTemplate({ json: json instanceof Unswept ? json.value : json, multipart })?.kind
}

function isOwn(entry: unknown, section: string, field: string): boolean {
  const own = isMapping(entry) ? entry[section] : undefined
  return isMapping(own) && own[field] !== undefined
}

function issue(path: PropertyKey[], message: string, params: Record<string, string>): z.core.$ZodIssue {
  return { code: 'custom', path, message, params, input: undefined }
}

function batchingPath(points: unknown[], index: number): PropertyKey[] {
  const entry = points[index]
  return isMapping(entry) && entry['batching'] !== undefined
    ? ['points', index, 'batching']
    : ['points', index]
}

function eachOf(value: unknown, path: PropertyKey[]): { settings: unknown; path: PropertyKey[] }[] {
  return Array.isArray(value)
    ? value.map((settings: unknown, index) => ({ settings, path: [...path, index] }))
    : [{ settings: value, path }]
}
