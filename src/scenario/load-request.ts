import { UserError } from '../system/user-error.js'
import { requestTemplate, templateEncoding } from './grammar/request-template.js'
import type { Encoding, Protocol, RequestShape, ServerSettings } from './plan/plan.js'
import { equalNamesReason, resolveEncoding, resolveRequest } from './plan/resolve-request.js'
import { rawRequest } from './schema/request.js'
import { describeIssues } from './text/describe-issues.js'
import type { SourceText } from './text/located-data.js'
import { parseYaml } from './text/parse-yaml.js'
import { problemsError } from './text/problem.js'
import { readYamlFile } from './text/read-yaml-file.js'

/**
 * The request that a flag sets, written as `model.request` in a scenario: YAML or JSON, or `@` and the path of a file.
 *
 * @throws UserError (exit 2) that lists all mistakes, each with its place and a remedy
 */
export async function loadRequest(flag: string, written: string): Promise<RequestShape> {
  const file = written.startsWith('@') ? written.slice(1) : undefined
  const text = file === undefined ? `${flag} ${written}` : await readYamlFile(file, 'request')
  const source: SourceText = {
    kind: file === undefined ? 'flag' : 'file',
    label: file ?? flag,
    text,
    folder: process.cwd(),
  }
  const { data, problems } = parseYaml(source, file === undefined ? flag.length + 1 : 0)
  if (problems.length > 0) throw problemsError(problems, source.label)
  const checked = rawRequest.safeParse(data.value)
  if (!checked.success) throw problemsError(describeIssues(checked.error.issues, data), source.label)
  const { field, json, tensor, multipart } = checked.data
  return resolveRequest({
    ...(field !== undefined && { field }),
    ...(json !== undefined && { json: json.value }),
    ...(tensor !== undefined && { tensor: { ...tensor, shape: tensor.shape.value } }),
    ...(multipart !== undefined && { multipart: multipart.value }),
  })
}

/**
 * The encoding of requests that flags set.
 *
 * @throws UserError (exit 2) if such requests are not possible
 */
export function requireEncoding(
  written: Encoding | 'auto',
  {
    frames,
    request,
    server,
    protocol,
  }: { frames: number; request: RequestShape; server: ServerSettings; protocol: Protocol },
): Encoding {
  const template = requestTemplate(request)
  if (template !== undefined && written !== 'auto' && written !== templateEncoding[template.kind]) {
    throw new UserError(`--encoding ${written} contradicts the template of --request`, {
      where: '--encoding',
      expected: `auto or ${templateEncoding[template.kind]}`,
      received: written,
      remedy: 'Remove --encoding. The template decides how frames are sent.',
    })
  }
  const encoding = resolveEncoding(written, { framesPerRequest: frames, request, protocol, api: server.api })
  const reason = typeof encoding === 'object' ? encoding.reason : equalNamesReason(request, frames, server)
  if (typeof encoding === 'string' && reason === undefined) return encoding
  throw new UserError(`a request cannot carry ${frames} frames`, {
    where: template === undefined ? '--encoding' : '--request',
    expected: `a request with the ${frames} frames of a batch`,
    ...(reason !== undefined && { received: reason }),
    remedy:
      template === undefined
        ? 'Remove --encoding, or use --encoding base64.'
        : 'Put $frame into a list, or $index into its key. Or remove --client-batching.',
  })
}
