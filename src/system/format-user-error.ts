import type { UserError } from './user-error.js'

/**
 * The text that a user reads: `error: message`, then one line for each part that is known.
 * Plain text without colours, so that it can also go into a file or a report.
 */
export function formatUserError(error: UserError): string {
  const { where, expected, received, remedy, excerpt } = error.parts
  const lines = [`error: ${error.message}`]
  if (where !== undefined) lines.push(`  at        ${where}`)
  if (excerpt !== undefined) lines.push('', excerpt, '')
  if (expected !== undefined) lines.push(`  expected  ${expected}`)
  if (received !== undefined) lines.push(`  received  ${received}`)
  if (remedy !== undefined) lines.push(`  remedy    ${remedy}`)
  return lines.join('\n')
}
