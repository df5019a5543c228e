import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * npm runs scripts in the folder of package.json, and INIT_CWD is the user's folder. A scenario that exists only in the
 * user's folder is resolved there: `cd scenarios && npm run bench -- quickstart.yaml`.
 */
export function settleScenarioPaths(args, { from = process.env.INIT_CWD, exists = existsSync } = {}) {
  if (from === undefined) return args
  return args.map((arg) => {
    const isScenario = /^[^-].*\.ya?ml$/.test(arg)
    return isScenario && !exists(arg) && exists(resolve(from, arg)) ? resolve(from, arg) : arg
  })
}
