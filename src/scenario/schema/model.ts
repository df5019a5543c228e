import * as z from 'zod'
import { defaulted, fileSetting, fixed, optional, savedMapping, section, swept } from './section.js'

export const request = section('request', 'How frames are named in a request to your own model.', {
  field: defaulted(
    fixed(z.string().min(1)),
    'frame_{i}',
    'Name of the JSON or multipart field of each frame. `{i}` becomes its zero-based index in the request.',
  ),
  json: defaulted(
    fixed(z.enum(['object', 'list'])),
    'object',
    'JSON body: an object of named frames, or a plain list.',
  ),
})

const pointer = z.string().regex(/^(\/([^~/]|~[01])*)*$/, {
  error: "a JSON pointer (RFC 6901) such as '' (the whole answer) or /predictions",
})

export const answer = section('answer', 'Where the answer to several frames holds its results.', {
  list: defaulted(
    fixed(pointer),
    '',
    "JSON pointer to the list of results, one per frame. '' is the whole answer.",
  ),
})

const noAnswer = z
  .literal('none')
  .meta({ description: 'Answers are not parsed: only their HTTP status counts.' })

export const model = section('model', 'The model that is requested.', {
  name: defaulted(
    swept(z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, dot, dash and underscore' })),
    'resnet-18',
    'Name under which it is registered. With `archive`, the default is the name of that file.',
  ),
  weights: fileSetting(
    defaulted(
      swept(z.string().min(1)),
      'seeded',
      '`seeded` (random but reproducible, no download), `pretrained` (downloaded), or a state-dict file.',
    ),
    (weights) => weights !== 'seeded' && weights !== 'pretrained',
  ),
  archive: fileSetting(
    optional(
      swept(z.string().min(1)),
      'Your own model archive (.mar), used in place of the included ResNet-18.',
    ),
  ),
  request: optional(
    fixed(request.raw, request.point),
    'How frames are named in a request to your own model.',
  ),
  answer: optional(
    fixed(z.union([noAnswer, answer.raw]), savedMapping({ list: answer.point.shape.list.optional() })),
    'Where your own model returns its results. `none`: do not parse answers.',
  ),
})

const { request: requestOfPoint, answer: answerOfPoint } = model.point.shape

/** The model of a point: `answer` without a list means that answers are not parsed. */
export const pointModel = savedMapping({
  ...model.point.shape,
  request: requestOfPoint.unwrap(),
  answer: answerOfPoint.unwrap(),
})
