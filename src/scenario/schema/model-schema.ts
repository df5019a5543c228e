import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const request = section('request', 'How frames are named in a request of your own model.', {
  field: z.string().min(1).optional().meta({
    description: 'Name of the JSON or multipart field of each frame; `{i}` becomes its place, from 0.',
    default: defaults.request.field,
  }),
  json: z.enum(['object', 'list']).optional().meta({
    description: 'JSON body: an object of named frames, or a plain list.',
    default: defaults.request.json,
  }),
})

const pointer = z.string().regex(/^(\/([^~/]|~[01])*)*$/, {
  error: "a JSON pointer (RFC 6901) such as '' (the whole answer) or /predictions",
})

const answer = z.union([
  z.literal('none').meta({ description: 'The answer is not looked into: only its status counts.' }),
  section('answer', 'Where the answer to several frames holds its results.', {
    list: pointer.optional().meta({
      description: "JSON pointer to the list of results, one a frame; '' is the whole answer.",
      default: defaults.answer.list,
    }),
  }),
])

export const modelSchema = section('model', 'The model that is asked.', {
  name: sweep(z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, dot, dash and underscore' }))
    .optional()
    .meta({ description: 'Name it is registered under.', default: defaults.model.name }),
  weights: sweep(z.string().min(1)).optional().meta({
    description: '`seeded` (made here, no download), `pretrained` (downloaded), or a state-dict file.',
    default: defaults.model.weights,
  }),
  archive: sweep(z.string().min(1))
    .optional()
    .meta({ description: 'Your own model archive (.mar) in place of the ResNet-18 that ships.' }),
  request: request.optional(),
  answer: answer
    .optional()
    .meta({ description: 'Where your own model answers; `none`: do not look into it.' }),
})
