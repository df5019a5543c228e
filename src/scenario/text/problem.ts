import { UserError, formatUserError } from '../../system/user-error.js'
import type { Span } from './located-data.js'
import { placeOf, sourceExcerpt } from './source-excerpt.js'

/** One mistake in a scenario or in a flag that changes it. */
export interface Problem {
  span: Span | undefined
  message: string
  expected?: string | undefined
  received?: string | undefined
  remedy?: string | undefined
  /** The value may be a secret: the excerpt hides it. */
  secret?: boolean | undefined
}

/** All problems as the one error that a user reads (exit code 2). */
export function problemsError(problems: readonly Problem[], label: string): UserError {
  const ordered = problems.toSorted(
    (a, b) =>
      Number(a.span?.source.kind === 'flag') - Number(b.span?.source.kind === 'flag') ||
      (a.span?.start ?? 0) - (b.span?.start ?? 0),
  )
  const errors = ordered.map(problemError)
  const [only] = errors
  if (only !== undefined && errors.length === 1) return only
  return new UserError(`${errors.length} problems in ${label}`, {
    excerpt: errors.map((error, index) => numbered(error, index + 1)).join('\n\n'),
  })
}

function problemError({ span, message, expected, received, remedy, secret }: Problem): UserError {
  const known = Object.entries({ expected, received, remedy }).filter(([, text]) => text !== undefined)
  const where = span === undefined ? {} : { where: placeOf(span), excerpt: sourceExcerpt(span, { secret }) }
  return new UserError(message, { ...where, ...Object.fromEntries(known) })
}

function numbered(error: UserError, number: number): string {
  return formatUserError(error).replace(/^error:/, `${number})`)
}
