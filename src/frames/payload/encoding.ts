import type { Encoding, RequestShape } from '../../scenario/plan/plan.js'
import type { Payload } from './payload.js'

/** The constant parts of a request's body, as `Payload` defines them. */
type BodyParts = Pick<Payload, 'contentType' | 'leads' | 'trails' | 'end' | 'variables'>

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
        `multipart/form-data; boundary=${boundary}`,
        places.map((place) => partLead(request, place, boundary)),
        '\r\n',
        `--${boundary}--\r\n`,
      )
  }
  return encoding satisfies never
}

function jsonLead(request: RequestShape, place: number): string {
  return `${place === 0 ? '{' : ','}${JSON.stringify(frameFieldName(request, place))}:"`
}

function partLead(request: RequestShape, place: number, boundary: string): string {
  const name = escapeFieldName(frameFieldName(request, place))
  return (
    `--${boundary}\r\n` +
    `Content-Disposition: form-data; name="${name}"; filename="${name}.jpg"\r\n` +
    'Content-Type: image/jpeg\r\n\r\n'
  )
}

/** Escapes names as browsers do: WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeFieldName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
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
export function frameFieldName(request: RequestShape, place: number): string {
  return request.field.replaceAll('{i}', String(place))
}
