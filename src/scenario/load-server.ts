import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { plural } from '../system/plural.js'
import { UserError } from '../system/user-error.js'
import { isServerFile } from './grammar/parse-server.js'
import { expandSweeps } from './plan/combinations.js'
import type { Protocol, ServerSettings } from './plan/plan.js'
import { resolveServer } from './plan/resolve-point.js'
import { resolvePaths } from './resolve-paths.js'
import { rawServer } from './schema/scenario-schema.js'
import { describeIssues } from './text/describe-issues.js'
import type { SourceText } from './text/located-data.js'
import { problemsError } from './text/problem.js'
import { readYamlFile } from './text/read-yaml-file.js'
import { setServer } from './text/set-value.js'

/** A server as a flag names it: its text, or a file with its fields. */
export interface ServerFlag {
  /** `--server`, `--baseline` or `--candidate`. */
  flag: string
  server: string
}

/**
 * The file that a flag names; undefined if it names a server.
 *
 * @throws UserError (exit 2) if it cannot be read
 */
export async function readServerFile({ flag, server }: ServerFlag): Promise<SourceText | undefined> {
  if (!isServerFile(server)) return undefined
  const text = await readYamlFile(server, 'server')
  return { kind: 'file', label: `${flag} ${server}`, text, folder: dirname(resolve(server)) }
}

/**
 * The server of a flag, for commands without a scenario.
 *
 * @throws UserError (exit 2) that lists all problems
 */
export async function loadServer(
  named: ServerFlag,
): Promise<{ settings: ServerSettings; protocol: Protocol }> {
  const folder = process.cwd()
  const empty = { value: {}, places: new Map() }
  const { data, problems } = setServer(empty, named, { folder, file: await readServerFile(named) })
  const checked = z.object({ server: rawServer }).safeParse(data.value)
  if (problems.length > 0 || !checked.success) {
    const issues = problems.length > 0 ? [] : (checked.error?.issues ?? [])
    throw problemsError([...problems, ...describeIssues(issues, data)], named.flag)
  }
  const servers = expandSweeps(resolvePaths(checked.data, data, folder).server)
  const [only, ...others] = servers
  if (only !== undefined && others.length === 0)
    return { settings: resolveServer(only), protocol: only.protocol ?? 'http' }
  throw new UserError('this command takes one server', {
    where: named.flag,
    expected: 'a server without lists',
    received: plural(servers.length, 'server'),
  })
}
