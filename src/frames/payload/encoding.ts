import type { Encoding, RequestShape } from '../../scenario/plan/plan.js'
import { requestTemplate } from '../../scenario/grammar/request-template.js'
import { escapeFieldName, multipart } from './multipart-text.js'
import { renderTemplate, type BodyParts } from './render-template.js'

/** Frames that are given a name, without a template. */
type NamedFrames = Extract<RequestShape, { field: string }>

/**
 * The constant parts of a request's body in one encoding. `boundary` is for multipart only and must not occur in any
 * frame.
 */
export function bodyParts(
  encoding: Encoding,
  framesPerRequest: number,
  request: RequestShape,
  boundary: string,
): BodyParts {
  const template = requestTemplate(request)
  if (template !== undefined) return renderTemplate(template, framesPerRequest, boundary)
  if (!('field' in request)) throw new Error('a request has frames with names or a template')
  const places = Array.from({ length: framesPerRequest }, (_, place) => place)
  switch (encoding) {
    case 'raw':
      return assemble('image/jpeg', [''], '', '')
    case 'base64':
      return request.json === 'list'
        ? assemble(
            'application/json',
            places.map((place) => (place === 0 ? '["' : ',"')),
            '"',
            ']',
          )
        : assemble(
            'application/json',
            places.map((place) => jsonLead(request, place)),
            '"',
            '}',
          )
    case 'multipart':
      return assemble(
        multipart.contentType(boundary),
        places.map((place) => multipart.fileLead(boundary, escapeFieldName(frameFieldName(request, place)))),
        multipart.trail,
        multipart.end(boundary),
      )
  }
  return encoding satisfies never
}

function jsonLead(request: NamedFrames, place: number): string {
  return `${place === 0 ? '{' : ','}${JSON.stringify(frameFieldName(request, place))}:"`
}

function assemble(contentType: string, leads: string[], trail: string, end: string): BodyParts {
  const trailBytes = Buffer.from(trail)
  return {
    contentType,
    leads: leads.map((lead) => Buffer.from(lead)),
    trails: leads.map(() => trailBytes),
    end: Buffer.from(end),
    variables: [],
  }
}

/** Bytes of an encoded JPEG of this size, without the constant parts around it. */
export function encodedBytes(encoding: Encoding, jpegBytes: number): number {
  return encoding === 'base64' ? Math.ceil(jpegBytes / 3) * 4 : jpegBytes
}

/** Writes the encoded frame into `target` at `offset`. Returns the number of bytes written. */
export function encodeFrame(encoding: Encoding, jpeg: Uint8Array, target: Buffer, offset: number): number {
  if (encoding === 'base64') {
    const view = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
    return target.write(view.toString('base64'), offset, 'latin1')
  }
  target.set(jpeg, offset)
  return jpeg.byteLength
}

/** The name of the field for the frame at this zero-based index of a request. */
export function frameFieldName(request: NamedFrames, place: number): string {
  return request.field.replaceAll('{i}', String(place))
}
