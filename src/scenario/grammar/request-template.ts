import type { Piece } from './grammar-error.js'
import { isMapping } from '../text/located-data.js'

/*
 * A request template is the body of a request as the user's handler expects it, with variables in its texts. `$frame`
 * stands for one frame, once. What repeats per frame is the nearest enclosing list element, or the nearest enclosing
 * entry of a mapping whose key holds `$index` or `$number`, whichever is nearer.
 */

export const variableNames = ['frame', 'index', 'number', 'count', 'camera'] as const
export type TemplateVariable = (typeof variableNames)[number]

/** A text of a template: constant pieces and variables. */
export type TemplatePart = string | { variable: TemplateVariable }

export type TemplatePath = readonly (string | number)[]

/** `json`: any nesting of mappings and lists. `multipart`: a mapping of field names to texts. */
export interface RequestTemplate {
  kind: 'json' | 'multipart'
  template: unknown
}

/** The encoding of frames in a template of this kind. */
export const templateEncoding = { json: 'base64', multipart: 'multipart' } as const

/** The template of a request; undefined if its frames are only given a name. */
export function requestTemplate(request: {
  field?: string | undefined
  json?: unknown
  multipart?: unknown
}): RequestTemplate | undefined {
  if (request.multipart !== undefined) return { kind: 'multipart', template: request.multipart }
  const { json } = request
  return typeof json === 'object' && json !== null ? { kind: 'json', template: json } : undefined
}

/** The pieces of a text, adjacent constant pieces joined. `$$` is a dollar. Undefined variables stay as written. */
export function templateParts(text: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  for (const { written, name } of dollars(text)) {
    const variable = variableNames.find((known) => known === name)
    const last = parts.at(-1)
    if (variable !== undefined) parts.push({ variable })
    else if (typeof last === 'string') parts[parts.length - 1] = last + constant(written)
    else parts.push(constant(written))
  }
  return parts
}

function constant(written: string): string {
  return written === '$$' ? '$' : written
}

/** A piece of a text that begins with a dollar or holds none. */
export interface Dollar extends Piece {
  written: string
  /** The name after a dollar; undefined for a constant piece. */
  name: string | undefined
}

/** A text cut at its dollars. */
export function dollars(text: string): Dollar[] {
  return [...text.matchAll(/\$\$|\$([A-Za-z_]\w*)|\$|[^$]+/g)].map(({ 0: written, 1: name, index }) => ({
    written,
    name,
    start: index,
    end: index + written.length,
  }))
}

export function holds(text: string, ...variables: TemplateVariable[]): boolean {
  return templateParts(text).some((part) => typeof part !== 'string' && variables.includes(part.variable))
}

/** A key or a text of a template. */
export interface TemplateText {
  path: TemplatePath
  ofKey: boolean
  text: string
}

/** Every key and every text of a template, in order. */
export function textsOf(value: unknown, path: TemplatePath = []): TemplateText[] {
  if (typeof value === 'string') return [{ path, ofKey: false, text: value }]
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsOf(item, [...path, index]))
  if (!isMapping(value)) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    { path: [...path, key], ofKey: true, text: key },
    ...textsOf(inner, [...path, key]),
  ])
}

/** The path of the list element or entry that repeats per frame; undefined if nothing repeats. */
export function repeatingPath({ kind, template }: RequestTemplate): TemplatePath | undefined {
  const frame = textsOf(template).find(({ ofKey, text }) => !ofKey && holds(text, 'frame'))
  if (frame === undefined) return undefined
  if (kind === 'multipart') return frame.path
  const last = frame.path.findLastIndex((step) => typeof step === 'number' || holds(step, 'index', 'number'))
  return last === -1 ? undefined : frame.path.slice(0, last + 1)
}
