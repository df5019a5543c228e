/**
 * What an agent last said about a measurement. `drained`: no request of its window is pending, and its load goes on.
 * `ended`, `failed` and `too-busy` are its last words, and `lost` is said about it.
 */
export type AgentState = 'asked' | 'ready' | 'drained' | 'ended' | 'failed' | 'too-busy' | 'lost'

/** How far the coordinator is. */
export type LoadState = 'preparing' | 'running' | 'released' | 'stopped'

const last: ReadonlySet<AgentState> = new Set<AgentState>(['ended', 'failed', 'too-busy', 'lost'])

/** Whether nothing more happens to the load of this agent. */
export function isLastState(state: AgentState): boolean {
  return last.has(state)
}

/**
 * What the coordinator does next. It starts the load when all agents are ready, and releases them when all have drained.
 * When one of them ends otherwise, the others stop, because a part of the load is not the configured load.
 *
 * @param interrupted by the user, or because an agent missed the start
 */
export function nextStep(
  agents: readonly AgentState[],
  load: LoadState,
  interrupted: boolean,
): 'wait' | 'start' | 'release' | 'stop' | 'finish' {
  if (agents.every(isLastState)) return 'finish'
  if (load === 'stopped') return 'wait'
  const isOver = (state: AgentState) => state === 'ended' || state === 'drained'
  const fails = agents.some((state) => isLastState(state) && state !== 'ended')
  if (interrupted || fails) return 'stop'
  if (load === 'preparing') {
    if (agents.includes('ended')) return 'stop'
    return agents.every((state) => state === 'ready') ? 'start' : 'wait'
  }
  return load === 'running' && agents.every(isOver) ? 'release' : 'wait'
}
