import * as z from 'zod'
import { readInSchema } from '../grammar/grammar-error.js'
import { isArchiveAddress, requireArchiveAddress } from '../grammar/archive-address.js'
import { pointRequest, rawRequest } from './request.js'
import { nearestName } from '../text/nearest-name.js'
import { defaulted, fileSetting, fixed, optional, savedMapping, section, swept, unswept } from './section.js'

const pointerForms = "a JSON pointer (RFC 6901) such as '' (the whole answer) or /predictions"
const pointer = z.string({ error: pointerForms }).regex(/^(\/([^~/]|~[01])*)*$/, { error: pointerForms })

const answer = section('answer', 'How an answer holds its results, if it is not learned.', {
  list: optional(
    fixed(pointer),
    "JSON pointer to the list of results, one per frame. '' is the whole answer.",
  ),
  perRequest: optional(
    fixed(z.literal(true)),
    'The whole answer is the result of all frames of its request, as for a clip. Excludes `list`.',
  ),
})

const eitherShape = answer.raw.superRefine(({ list, perRequest }, context) => {
  if (list === undefined || perRequest === undefined) return
  context.addIssue({
    code: 'custom',
    path: ['perRequest'],
    message: 'model.answer has both list and perRequest',
    params: {
      expected: 'one of list (one result per frame) and perRequest (one result per request)',
      received: 'both',
      remedy: 'Keep the one that describes the answers of the model.',
    },
  })
})

const answerNames = z.enum(['auto', 'none'])
const answerForms =
  'auto, none, { list: /predictions } (one result per frame) or { perRequest: true } (one result per request)'

const answerName = z
  .string({ error: answerForms })
  .superRefine((text, context) => {
    if (answerNames.safeParse(text).success) return
    context.addIssue({
      code: 'custom',
      message: 'model.answer is not valid',
      params: { expected: answerForms, remedy: answerRemedy(text) },
    })
  })
  .pipe(answerNames)
  .meta({
    enum: answerNames.options,
    description:
      '`auto`: learned from a few requests before the load. `none`: answers are not read, only their HTTP status counts.',
  })

/** A field of the mapping, or its value, is often written in place of the mapping. */
function answerRemedy(text: string): string {
  if (text === '' || text.startsWith('/'))
    return `Write \`answer: { list: ${text === '' ? "''" : text} }\` for one result per frame in this list.`
  const meant = nearestName(text, [...answerNames.options, ...Object.keys(answer.fields)])
  if (meant === 'list') return 'Write `answer: { list: /predictions }` with the pointer to your list.'
  if (meant === 'perRequest') return 'Write `answer: { perRequest: true }`.'
  return meant === undefined ? 'Remove answer, so that it is learned.' : `Write ${meant}.`
}

/** Runs that were saved before `auto` existed have `{}` for `none`. */
const savedAsNone = z.strictObject({}).transform(() => 'none' as const)

/** How the answers of a load are read: as the scenario says, or as it was learned. */
export const answerShape = z.union([
  z.literal('none'),
  savedMapping({ list: pointer }),
  savedMapping({ perRequest: z.literal(true) }),
  savedAsNone,
])

const answerOfPoint = z.union([z.literal('auto'), answerShape])

const answerPathForms = 'a JSON pointer (RFC 6901) such as /time or /boxes/*/id; * is every index of a list'
const answerPath = z
  .string({ error: answerPathForms })
  .regex(/^(\/([^~/]|~[01])+)+$/, { error: answerPathForms })

export const sameAnswer = section('sameAnswer', 'When two answers to the same frame count as the same.', {
  ignore: defaulted(
    unswept(z.array(answerPath)),
    [],
    'JSON pointers to parts of a result that are not compared, such as /time or /boxes/*/id. Parts that differ between two answers to the same request are found and left out without it.',
  ),
  tolerance: optional(
    fixed(z.number().positive()),
    'Largest distance between two numbers at the same place that still counts as the same answer. Default: measured before the load.',
  ),
})

const archive = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    if (isArchiveAddress(text)) readInSchema(context, () => requireArchiveAddress(text))
  })

export const modelVersion = z
  .string({ error: 'a text in quotes such as "2.0"' })
  .regex(/^[\w.+-]+$/, { error: 'letters, digits, dot, dash, plus and underscore, such as "2.0"' })

export const model = section('model', 'The model that is requested.', {
  name: defaulted(
    swept(z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, dot, dash and underscore' })),
    'resnet-18',
    'Name under which it is registered. With `archive`, the default is the name of that file.',
  ),
  version: optional(
    swept(modelVersion),
    'Version of the model, in quotes: "2.0". Default: the default version of the server.',
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
      swept(archive),
      'Your own model archive (.mar, .tar.gz, a folder, or its http address), used in place of the included ResNet-18.',
    ),
    (path) => !isArchiveAddress(path),
  ),
  request: optional(
    fixed(rawRequest, pointRequest),
    'What a request to your own model holds around its frames.',
  ),
  answer: defaulted(
    fixed(z.union([answerName, eitherShape]), answerOfPoint),
    'auto',
    'Where an answer holds its results. `auto`: learned before the load. `none`: answers are not read, only their HTTP status counts.',
  ),
  sameAnswer: optional(
    fixed(sameAnswer.raw, sameAnswer.point),
    'Which answers to the same frame count as the same.',
  ),
})

/** The model of a point. */
export const pointModel = savedMapping({
  ...model.point.shape,
  request: model.point.shape.request.unwrap(),
})
