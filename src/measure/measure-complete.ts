import { ExitCode, UserError } from '../system/user-error.js'
import type { AgentResult } from '../run/agent-result.js'

/** An agent that is lost is started again by its service manager. */
const mostAttempts = 3

/**
 * Measures a load again if one of its agents was lost, because what the others measured is not the configured load. For loads
 * whose figures a search or a gate relies on without a verdict about them.
 *
 * @throws UserError (exit code 3) if an agent was lost each time
 */
export async function measureComplete<
  T extends { complete: boolean; agents?: readonly AgentResult[] | undefined },
>(measure: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const result = await measure()
    if (result.complete) return result
    if (attempt === mostAttempts) throw lostEachTime(result.agents ?? [])
  }
}

function lostEachTime(agents: readonly AgentResult[]): UserError {
  const lost = agents.flatMap(({ site, lost: reason }) =>
    reason === undefined ? [] : [`agent ${site}: ${reason}`],
  )
  return new UserError(`an agent was lost in each of ${mostAttempts} attempts to measure a load`, {
    where: '--agents',
    received: lost.join('; '),
    remedy: 'See what the agent printed when it ended, and check its connection to the broker.',
    exitCode: ExitCode.environment,
    resumable: true,
  })
}
