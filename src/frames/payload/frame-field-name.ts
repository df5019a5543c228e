import type { RequestShape } from '../../scenario/schema/settings.js'

/** The name of the field that carries the frame in this place of a request, from 0. */
export function frameFieldName(request: RequestShape, place: number): string {
  return request.field.replaceAll('{i}', String(place))
}
