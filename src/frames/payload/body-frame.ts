import type { Encoding, RequestShape } from '../../scenario/schema/settings.js'
import { frameFieldName } from './frame-field-name.js'

/** The constant parts of a request's body, as `Payload` defines them. */
export interface BodyFrame {
  contentType: string
  leads: Uint8Array[]
  trail: Uint8Array
  end: Uint8Array
}

/**
 * What stands around the frames in one encoding. `boundary` is used by multipart only and must not occur in any frame.
 */
export function bodyFrame(
  encoding: Encoding,
  framesPerRequest: number,
  request: RequestShape,
  boundary: string,
): BodyFrame {
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

/** As browsers do: WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeFieldName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

function assemble(contentType: string, leads: string[], trail: string, end: string): BodyFrame {
  return {
    contentType,
    leads: leads.map((lead) => Buffer.from(lead)),
    trail: Buffer.from(trail),
    end: Buffer.from(end),
  }
}
