import type { LoadJob } from '../../load/load-job.js'
import { countClients, type LoadSlice } from '../../load/load-slice.js'
import { UserError } from '../../system/user-error.js'
import { dealLoad, type SpreadShare } from '../deal-load.js'
import type { Announcement } from '../message/announcement.js'

export interface DealtLoad {
  agent: Announcement
  slice: LoadSlice
}

/**
 * Deals a load to agents. A load that is smaller than the fleet is refused, or with `mayLeaveOut` sent by the first ones only:
 * a search of capacity chooses its loads itself, and begins with one request in flight.
 *
 * @throws UserError (exit code 2) as `dealLoad` does
 */
export function dealToAgents(
  { load, framesPerRequest }: Pick<LoadJob, 'load' | 'framesPerRequest'>,
  agents: readonly Announcement[],
  { spread, mayLeaveOut }: { spread?: readonly SpreadShare[] | undefined; mayLeaveOut: boolean },
): DealtLoad[] {
  const deal = (to: readonly Announcement[], by: readonly SpreadShare[] | undefined) =>
    dealLoad(load, framesPerRequest, to, by).map((slice, i) => ({ agent: to[i]!, slice }))
  try {
    return deal(agents, spread)
  } catch (error) {
    if (!(error instanceof UserError) || !mayLeaveOut) throw error
    // Shares of so few clients would be nothing like the spread.
    return deal(agents.slice(0, Math.max(1, countClients(load, framesPerRequest))), undefined)
  }
}
