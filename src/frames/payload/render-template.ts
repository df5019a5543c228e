import {
  repeatingPath,
  templateParts,
  type RequestTemplate,
  type TemplatePart,
  type TemplatePath,
} from '../../scenario/grammar/request-template.js'
import { isMapping } from '../../scenario/text/located-data.js'
import { escapeFieldName, multipart } from './multipart-text.js'
import { variableMarks, type Payload, type SentVariable } from './payload.js'

/** The constant parts of a request's body, as `Payload` defines them. */
export type BodyParts = Pick<Payload, 'contentType' | 'leads' | 'trails' | 'end' | 'variables'>

/** A text of the body, a variable whose value is not known yet, or a place: the frame, or the ends of what repeats. */
type Piece = string | { mark: SentVariable | 'frame' | 'repeatBegin' | 'repeatEnd' }

/** A checked template as the constant parts of bodies with up to `framesPerRequest` frames. */
export function renderTemplate(
  { kind, template }: RequestTemplate,
  framesPerRequest: number,
  boundary: string,
): BodyParts {
  const repeating = repeatingPath({ kind, template })
  if (framesPerRequest > 1 && repeating === undefined) {
    throw new Error(`a request of this template carries one frame, not ${framesPerRequest}`)
  }
  const isJson = kind === 'json'
  const render: Rendering = { template, repeating: repeating ?? [], boundary }
  const [before = [], first = [], after = []] = split(
    isJson ? jsonPieces(template, [], 0, render) : multipartPieces(render),
    'repeatBegin',
    'repeatEnd',
  )
  const repeated = (place: number) =>
    place === 0 ? first : isJson ? [',', ...repeatedJson(place, render)] : repeatedPart(place, render)
  const around = Array.from({ length: framesPerRequest }, (_, place) =>
    split(repeated(place), 'frame').map(piecesToBytes),
  )
  const firstLead = Buffer.concat([piecesToBytes(before), around[0]![0]!])
  const leads = around.map(([lead], place) => (place === 0 ? firstLead : lead!))
  const firstTrail = around[0]![1]!
  // Equal trails are one buffer, however many frames a request has.
  const trails = around.map(([, trail]) => (firstTrail.equals(trail!) ? firstTrail : trail!))
  const end = piecesToBytes(after)
  const variables = (['count', 'camera'] as const).filter((name) =>
    [...leads, ...trails, end].some((bytes) => bytes.includes(variableMarks[name])),
  )
  return {
    contentType: isJson ? 'application/json' : multipart.contentType(boundary),
    leads,
    trails,
    end,
    variables,
  }
}

interface Rendering {
  template: unknown
  /** The path of what repeats; empty if it is the whole template. */
  repeating: TemplatePath
  boundary: string
}

/** Cuts pieces at each of these marks. */
function split(pieces: readonly Piece[], ...marks: string[]): Piece[][] {
  const cut: Piece[][] = [[]]
  for (const piece of pieces) {
    if (typeof piece !== 'string' && marks.includes(piece.mark)) cut.push([])
    else cut.at(-1)!.push(piece)
  }
  return cut
}

function piecesToBytes(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.flatMap((piece) => {
      if (typeof piece === 'string') return [Buffer.from(piece)]
      return piece.mark === 'count' || piece.mark === 'camera' ? [Buffer.of(variableMarks[piece.mark])] : []
    }),
  )
}

function jsonPieces(value: unknown, path: TemplatePath, place: number, of: Rendering): Piece[] {
  const { repeating } = of
  const repeats = path.length === repeating.length && path.every((step, index) => step === repeating[index])
  const pieces = (): Piece[] => {
    if (typeof value === 'string') return jsonText(value, place)
    if (Array.isArray(value)) {
      const items = value.map((item: unknown, index) => jsonPieces(item, [...path, index], place, of))
      return ['[', ...joined(items), ']']
    }
    if (!isMapping(value)) return [JSON.stringify(value)]
    const entries = Object.entries(value).map(([key, inner]) =>
      withKey(key, jsonPieces(inner, [...path, key], place, of), place),
    )
    return ['{', ...joined(entries), '}']
  }
  return repeats ? [{ mark: 'repeatBegin' }, ...pieces(), { mark: 'repeatEnd' }] : pieces()
}

function joined(lists: Piece[][]): Piece[] {
  return lists.flatMap((pieces, index) => (index === 0 ? pieces : [',', ...pieces]))
}

/** An entry of a mapping. If it repeats, so does its key. */
function withKey(key: string, value: Piece[], place: number): Piece[] {
  const name = ['"', ...textPieces(templateParts(key), place, escapeJson), '":']
  const [first, ...rest] = value
  const repeats = typeof first === 'object' && first.mark === 'repeatBegin'
  return repeats ? [first, ...name, ...rest] : [...name, ...value]
}

/** A variable alone is a number, except for the frame. */
function jsonText(text: string, place: number): Piece[] {
  const parts = templateParts(text)
  const [only] = parts
  const isNumber = parts.length === 1 && typeof only === 'object' && only.variable !== 'frame'
  const pieces = textPieces(parts, place, escapeJson)
  return isNumber ? pieces : ['"', ...pieces, '"']
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function textPieces(
  parts: readonly TemplatePart[],
  place: number,
  escape: (text: string) => string,
): Piece[] {
  return parts.map((part) => {
    if (typeof part === 'string') return escape(part)
    const { variable } = part
    if (variable === 'index') return String(place)
    return variable === 'number' ? String(place + 1) : { mark: variable }
  })
}

/** What repeats, for the frame at this place. */
function repeatedJson(place: number, of: Rendering): Piece[] {
  const { template, repeating } = of
  const step = repeating.at(-1)!
  const value = repeating.reduce<unknown>(
    (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isMapping(inner) ? inner[key] : undefined),
    template,
  )
  const pieces = jsonPieces(value, repeating, place, of)
  return split(
    typeof step === 'string' ? withKey(step, pieces, place) : pieces,
    'repeatBegin',
    'repeatEnd',
  ).flat()
}

function multipartPieces(of: Rendering): Piece[] {
  const { template, repeating, boundary } = of
  const fields = Object.entries(isMapping(template) ? template : {}).map(([field, value]): Piece[] => {
    if (field === repeating[0]) {
      return [{ mark: 'repeatBegin' }, ...repeatedPart(0, of), { mark: 'repeatEnd' }]
    }
    const name = textPieces(templateParts(field), 0, escapeFieldName)
    const text = textPieces(templateParts(String(value)), 0, (constant) => constant)
    return [...around(multipart.textLead(boundary, nameMark), name), ...text, multipart.trail]
  })
  return [...fields.flat(), multipart.end(boundary)]
}

function repeatedPart(place: number, { repeating, boundary }: Rendering): Piece[] {
  const name = textPieces(templateParts(String(repeating[0])), place, escapeFieldName)
  return [...around(multipart.fileLead(boundary, nameMark), name), { mark: 'frame' }, multipart.trail]
}

/** Stands for the name in the text of a part, because a name may hold variables. */
const nameMark = '\u0000'

function around(text: string, name: readonly Piece[]): Piece[] {
  return text.split(nameMark).flatMap((constant, index) => (index === 0 ? [constant] : [...name, constant]))
}
