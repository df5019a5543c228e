import { UserError } from '../../system/user-error.js'
import type { Check } from './check.js'

/** A check whose question ended in an error that the user can mend; anything else is a bug and goes on. */
export function failedCheck(name: string, error: unknown): Check {
  if (!(error instanceof UserError)) throw error
  const { received, where, remedy } = error.parts
  return {
    name,
    status: 'missing',
    detail: received === undefined ? error.message : `${error.message}: ${received}`,
    ...(where !== undefined && { place: where }),
    ...(remedy !== undefined && { remedy }),
  }
}
