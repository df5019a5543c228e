import type { Condition } from './verdict/conditions.js'
import type { DrawFigures, DrawsVerdict } from './verdict/judge-draws.js'
import type { PointVerdict } from './verdict/measure-cameras.js'

/** A verdict of version 1: each repetition was decided alone, and all had to pass. */
interface EarlierVerdict extends Omit<PointVerdict, keyof DrawsVerdict> {
  decision: PointVerdict['decision']
  binding: PointVerdict['binding']
  worstCamera: PointVerdict['worstCamera']
  repetitions: (DrawFigures &
    Pick<DrawsVerdict, 'invalid' | 'commonestFailure' | 'lateness'> & {
      conditions: Condition[]
    })[]
}

interface EarlierSetting {
  search?: unknown
  found?:
    | {
        failure?: EarlierVerdict | PointVerdict | undefined
        capacity?: EarlierVerdict | PointVerdict | undefined
        basis?: string
      }
    | undefined
}

/** Rewrites the results of version 1 as those of today. The state of the search itself cannot be continued. */
export function upgradeSearch(setting: EarlierSetting): void {
  delete setting.search
  const { found } = setting
  if (found === undefined) return
  found.basis = found.capacity === undefined ? 'simulated' : 'measured'
  if (found.failure !== undefined) found.failure = upgradeVerdict(found.failure)
  if (found.capacity !== undefined) found.capacity = upgradeVerdict(found.capacity)
}

function upgradeVerdict(verdict: EarlierVerdict | PointVerdict): PointVerdict {
  if (!('repetitions' in verdict)) return verdict
  const { repetitions, ...kept } = verdict
  const last = repetitions.at(-1)
  const sum = (of: (one: DrawFigures) => number) => repetitions.reduce((total, one) => total + of(one), 0)
  return {
    ...kept,
    conditions: last?.conditions ?? [],
    draws: repetitions.map(({ windowS, requests, requestsOver, latencyMs }) => ({
      windowS,
      requests,
      requestsOver,
      latencyMs,
    })),
    requests: sum(({ requests }) => requests),
    requestsOver: sum(({ requestsOver }) => requestsOver),
    latencyMs: last?.latencyMs,
    invalid: last?.invalid ?? [],
    commonestFailure: last?.commonestFailure,
    lateness: last?.lateness,
  }
}
