import { z } from 'zod'
import { UserError } from '../system/user-error.js'
import { manifestSchema } from './manifest-schema.js'
import { type RunManifest, schemaVersion } from './run-manifest.js'

const versioned = z.looseObject({ schemaVersion: z.number() })

/** Reads the text of a run.json; `file` names it in errors. */
export function parseManifest(text: string, file: string): RunManifest {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error))
  }
  const version = versioned.safeParse(data)
  if (!version.success) throw damaged(file, 'no schemaVersion')
  if (version.data.schemaVersion !== schemaVersion) {
    throw new UserError('a run of another version', {
      where: file,
      expected: `schemaVersion ${schemaVersion}`,
      received: String(version.data.schemaVersion),
      remedy: 'Read it with the framestorm that wrote it, or measure again.',
    })
  }
  const parsed = manifestSchema.safeParse(data)
  if (!parsed.success) throw damaged(file, describe(parsed.error))
  return parsed.data
}

/** The first problems, each with its place. */
function describe(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
  const more = issues.length > 3 ? ` and ${issues.length - 3} more` : ''
  return issues.slice(0, 3).join('; ') + more
}

function damaged(file: string, received: string): UserError {
  return new UserError('the run cannot be read', {
    where: file,
    expected: 'the run.json that bench wrote',
    received,
    remedy: 'Give another run folder, or measure again.',
  })
}
