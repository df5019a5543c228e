import type { Piece } from './grammar-error.js'
import {
  dollars,
  holds,
  repeatingPath,
  textsOf,
  variableNames,
  type RequestTemplate,
  type TemplatePath,
  type TemplateText,
} from './request-template.js'
import { isMapping } from '../text/located-data.js'
import { nearestName } from '../text/nearest-name.js'

export interface TemplateMistake {
  path: TemplatePath
  /** True if the mistake is in the key at the path, not in its value. */
  ofKey: boolean
  message: string
  expected: string
  received?: string | undefined
  remedy: string
  /** The wrong piece of a text. */
  piece?: Piece | undefined
  /** True if the remedy is to put the value in quotes, as it was written. */
  needsQuotes?: boolean
}

/** All mistakes of a template. Accepts any value of a scenario file. */
export function templateMistakes({ kind, template }: RequestTemplate): TemplateMistake[] {
  const values = kind === 'json' ? wrongValues(template) : wrongFields(template)
  if (values.length > 0) return values
  const texts = textsOf(template)
  const names = texts.flatMap(wrongNames)
  return names.length > 0 ? names : [...wrongFrames(kind, texts), ...wrongIndices(kind, template, texts)]
}

function wrongValues(value: unknown, path: TemplatePath = []): TemplateMistake[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => wrongValues(item, [...path, index]))
  if (isMapping(value)) {
    return Object.entries(value).flatMap(([key, inner]) => wrongValues(inner, [...path, key]))
  }
  if (typeof value !== 'number' || Number.isFinite(value)) return []
  return [
    {
      path,
      ofKey: false,
      message: 'JSON has no such number',
      expected: 'a JSON value',
      received: String(value),
      remedy: 'Write it in quotes, or write null.',
    },
  ]
}

/** In multipart, each field is a text. A number would lose its zeros: 0.50 becomes 0.5. */
function wrongFields(template: unknown): TemplateMistake[] {
  return Object.entries(isMapping(template) ? template : {}).flatMap(([field, value]): TemplateMistake[] => {
    const place = { path: [field], ofKey: false }
    if (typeof value !== 'string') {
      const scalar = typeof value === 'number' || typeof value === 'boolean'
      return [
        {
          ...place,
          message: `the multipart field ${field} is not a text`,
          expected: 'a text, or $frame',
          remedy: 'Write its JSON as a text in quotes.',
          needsQuotes: scalar,
        },
      ]
    }
    if (value === '$frame' || !holds(value, 'frame')) return []
    return [
      {
        ...place,
        message: 'in multipart, $frame must be the whole value, because it is sent as a file',
        expected: `${field}: $frame`,
        received: value,
        remedy: 'Write $frame alone, or use json for a frame inside a text.',
      },
    ]
  })
}

/** Unknown names, dollars without a name, and `$frame` in a key. */
function wrongNames({ path, ofKey, text }: TemplateText): TemplateMistake[] {
  return dollars(text).flatMap(({ written, name, start, end }): TemplateMistake[] => {
    const place = { path, ofKey, piece: { start, end } }
    if (written === '$') {
      const braced = variableNames.find((known) => text.startsWith(`{${known}}`, end))
      return [
        {
          ...place,
          message: 'a dollar without the name of a variable',
          expected: `one of ${namedVariables}, or $$ for a dollar`,
          received: JSON.stringify(text),
          remedy: braced === undefined ? 'Write $$ for a dollar.' : `Write $${braced}, without braces.`,
        },
      ]
    }
    if (name === undefined) return []
    if (ofKey && name === 'frame') {
      return [
        {
          ...place,
          message: 'a key holds $frame',
          expected: '$frame in a value',
          received: text,
          remedy: 'Write $index in the key and $frame as its value, for example `frame_$index: $frame`.',
        },
      ]
    }
    if (variableNames.some((known) => known === name)) return []
    const meant = nearestName(name, variableNames)
    return [
      {
        ...place,
        message: `unknown variable $${name}${meant === undefined ? '' : `; did you mean $${meant}?`}`,
        expected: `one of ${namedVariables}`,
        received: `$${name}`,
        remedy: nameRemedy(name, meant),
      },
    ]
  })
}

function nameRemedy(name: string, meant: string | undefined): string {
  const continued = variableNames.find((known) => name.startsWith(`${known}_`))
  if (continued !== undefined)
    return `An underscore belongs to the name. Write another character after $${continued}, such as $${name.replace('_', '-')}.`
  return meant === undefined
    ? `Write $$${name} if a dollar is meant.`
    : `Write $${meant}. If a dollar is meant, write $$${name}.`
}

const namedVariables = variableNames.map((name) => `$${name}`).join(', ')

/** A template holds `$frame` once. */
function wrongFrames(kind: RequestTemplate['kind'], texts: readonly TemplateText[]): TemplateMistake[] {
  const frames = texts.flatMap(({ path, ofKey, text }) =>
    ofKey
      ? []
      : dollars(text).flatMap(({ name, start, end }) => (name === 'frame' ? [{ path, start, end }] : [])),
  )
  if (frames.length === 0) {
    return [
      {
        path: [],
        ofKey: false,
        message: 'the template holds no $frame',
        expected: '$frame once, in the place of a frame',
        remedy:
          kind === 'json'
            ? 'Write $frame where the handler expects a frame, for example `instances: [ { data: $frame } ]`.'
            : 'Write $frame as the value of the field of a frame, for example `image_$index: $frame`.',
      },
    ]
  }
  return frames.slice(1).map(({ path, start, end }) => ({
    path,
    ofKey: false,
    piece: { start, end },
    message: 'the template holds $frame twice',
    expected: '$frame once: what is around it repeats for each frame of a request',
    remedy: 'Remove all but the first $frame.',
  }))
}

/** `$index` and `$number` have no value outside of what repeats. */
function wrongIndices(
  kind: RequestTemplate['kind'],
  template: unknown,
  texts: readonly TemplateText[],
): TemplateMistake[] {
  const repeating = repeatingPath({ kind, template })
  const isInside = (path: TemplatePath) =>
    repeating !== undefined && repeating.every((step, index) => path[index] === step)
  return texts
    .filter(({ path }) => !isInside(path))
    .flatMap(({ path, ofKey, text }) =>
      dollars(text).flatMap(({ name, start, end }): TemplateMistake[] => {
        if (name !== 'index' && name !== 'number') return []
        return [
          {
            path,
            ofKey,
            piece: { start, end },
            message: `$${name} is outside of what repeats per frame`,
            expected: `$${name} in the same ${kind === 'json' ? 'list element or entry' : 'field name'} as $frame`,
            received: text,
            remedy:
              repeating === undefined
                ? `Put $frame into a list, or write $${name} in the key of $frame. Or write $count for the number of frames.`
                : `Move it next to $frame, or write $count for the number of frames.`,
          },
        ]
      }),
    )
}
