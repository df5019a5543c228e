import * as z from 'zod'
import { templateMistakes } from '../grammar/template-mistakes.js'
import type { RequestTemplate } from '../grammar/request-template.js'
import { defaulted, fixed, optional, required, savedMapping, section, unswept } from './section.js'

const layout = z.enum(['object', 'list'])
const jsonExpected = 'object, list, or a mapping or list that holds $frame'

const layoutText = z
  .string({ error: jsonExpected })
  .superRefine((text, context) => {
    if (layout.safeParse(text).success) return
    const isFrame = text.includes('$')
    context.addIssue({
      code: 'custom',
      message: isFrame ? 'a text alone is not a request template' : 'model.request.json is not valid',
      params: {
        expected: jsonExpected,
        ...(isFrame && { remedy: 'Put it into a mapping or a list, for example `json: { data: $frame }`.' }),
      },
    })
  })
  .meta({ enum: layout.options })

function template<V extends z.ZodType>(value: V, kind: RequestTemplate['kind']): V {
  return value.superRefine((written, context) => {
    if (typeof written !== 'object') return
    for (const { path, ofKey, message, ...params } of templateMistakes({ kind, template: written })) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { ...params, unknownKey: ofKey } })
    }
  })
}

const anyMapping = z.record(z.string(), z.unknown())
const anyList = z.array(z.unknown())

const tensor = section(
  'tensor',
  'The input of a model that takes the frames, for the open inference protocol.',
  {
    name: required(fixed(z.string().min(1)), 'Name of the input.'),
    shape: required(
      unswept(z.array(z.int().min(-1)).min(1)),
      'Its shape, such as [-1] or [-1, 1]. The first size is the number of frames.',
    ),
    datatype: optional(
      fixed(z.literal('BYTES', { error: 'BYTES: frames are sent as JPEG files' })),
      'BYTES, the only one: frames are sent as JPEG files.',
    ),
  },
)

export const request = section('request', 'What a request to your own model holds around its frames.', {
  field: defaulted(
    fixed(z.string().min(1)),
    'frame_{i}',
    'Name of the JSON or multipart field of each frame. `{i}` becomes its zero-based index in the request. Not with a template.',
  ),
  json: defaulted(
    unswept(template(z.union([layoutText, anyMapping, anyList]), 'json')),
    'object',
    '`object`: named frames. `list`: a plain list of frames. Or a template: the JSON body of a request, in which $frame stands for a frame in base64.',
  ),
  tensor: optional(
    fixed(tensor.raw, tensor.point),
    'Only for `api: oip`: the input that takes the frames, such as { name: images, shape: [-1], datatype: BYTES }. Default: the first input in the metadata of the model.',
  ),
  multipart: optional(
    unswept(template(anyMapping, 'multipart')),
    'A template: the fields of a multipart body, each a text, and $frame for the field of a frame. Excludes `json`.',
  ),
})

/** A request as written: `field` and the layouts of `json`, or one template. */
export const rawRequest = request.raw.superRefine(({ field, json, tensor: input, multipart }, context) => {
  const refuse = (path: string, message: string, expected: string, remedy: string) => {
    context.addIssue({
      code: 'custom',
      path: [path],
      message,
      params: { expected, received: 'both', remedy },
    })
  }
  const isTemplate = multipart !== undefined || typeof json?.value === 'object'
  if (json !== undefined && multipart !== undefined) {
    refuse(
      'multipart',
      'model.request has both json and multipart',
      'one of the two',
      'Remove the one that the handler does not read.',
    )
  }
  if (input !== undefined && isTemplate) {
    refuse(
      'tensor',
      'model.request has both tensor and a template',
      'one of the two: a template is the whole body',
      'Remove tensor, or remove the template.',
    )
  }
  if (field !== undefined && isTemplate) {
    refuse(
      'field',
      'model.request has both field and a template',
      'one of the two: a template names its own fields',
      'Remove field. In a template, write the name as a key, for example `frame_$index: $frame`.',
    )
  }
})

/** The request of a point: named frames, or one template. */
export const pointRequest = z.union([
  savedMapping({ field: z.string(), json: layout, tensor: tensor.point.optional() }),
  savedMapping({ json: z.union([anyMapping, anyList]) }),
  savedMapping({ multipart: anyMapping }),
])
