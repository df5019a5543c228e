import { type Check, type Evidence, none } from './check.js'

/** The share of the window by which an agent may start before or after the agreed instant. */
const largestSkewShare = 0.01
const smallestSkewLimitMs = 10

/** The checks of the agents of a fleet that make a measurement INVALID. */
export const agentChecks = {
  'agent-lost': {
    severity: 'invalid',
    ...none,
    atAgents: 'only',
    observe: ({ agent }) => agent && Number(agent.lost !== undefined),
    title: 'agents that were lost',
    finding: {
      when: 'an agent ended, or could not be reached, before its samples were complete',
      symptom: ({ agent }) => `It was lost during the measurement: ${agent?.lost ?? 'unknown reason'}.`,
      cause: 'Its process ended, its machine failed, or its connection to the broker was cut.',
      remedy: 'Start the agent again, and measure again with `framestorm bench --resume`.',
    },
  },
  'samples-missing': {
    severity: 'invalid',
    ...none,
    atAgents: 'only',
    observe: framesThatDiffer,
    title: 'frames that an agent scheduled and that are not in its samples, or the reverse',
    finding: {
      when: "the frames in an agent's samples are not those that it scheduled, or not those of its cameras' schedule",
      symptom: ({ agent, counts }) =>
        `Its samples have ${counts.scheduled} frames of the measured phase; ` +
        [
          ...(agent?.framesScheduled === undefined ? [] : [`it scheduled ${agent.framesScheduled}`]),
          ...(agent?.framesPlanned === undefined ? [] : [`the plan has ${agent.framesPlanned}`]),
        ].join(', and ') +
        '.',
      cause:
        'Samples were lost or duplicated between the agent and this machine, or its load skipped frames.',
      remedy: 'Please report this as a bug, with the run folder. Measure again.',
    },
  },
} satisfies Record<string, Check>

/** The checks of the agents of a fleet that a reader should know about. */
export const agentNotes = {
  /**
   * A skew changes no figure of a frame: each agent counts from its own start, sends its warm-up before and goes on after its
   * window. It only means that the windows of the agents do not overlap for that share of their length.
   */
  'start-skew': {
    severity: 'note',
    unit: 'ms',
    limit: ({ point: { measure } }) =>
      Math.max(smallestSkewLimitMs, largestSkewShare * measure.durationS * 1000),
    atAgents: 'only',
    // The instant itself is known only within the error of the agent's clock.
    observe: ({ agent }) =>
      agent?.startSkewMs === undefined ? undefined : Math.abs(agent.startSkewMs) + (agent.clockErrorMs ?? 0),
    title: 'difference between the start of an agent and the agreed instant, at most',
    finding: {
      when:
        'an agent may have started more than 1 % of the window, and more than 10 ms, before or after the agreed instant ' +
        '(the error of its clock included)',
      symptom: ({ agent }, skewMs) =>
        `It may have started up to ${skewMs.toFixed(1)} ms from the agreed instant (measured: ` +
        `${agent?.startSkewMs?.toFixed(1)} ms; clock known to ${agent?.clockErrorMs?.toFixed(1) ?? 'an unknown number of'} ms).`,
      cause: 'The agent was short of CPU, or its connection to the broker is slow or uneven.',
      remedy:
        'Raise measure.durationS if all agents have to send during the whole window. No latency depends on it.',
    },
  },
} satisfies Record<string, Check>

/** Whether a measurement ended early because an agent was lost. */
export function isAgentLost({ agent, agents = [] }: Pick<Evidence, 'agent' | 'agents'>): boolean {
  return agent?.lost !== undefined || agents.some((one) => isAgentLost(one))
}

/** Undefined if nobody counted them, or if the agent was lost. */
function framesThatDiffer({ agent, counts: { scheduled } }: Evidence): number | undefined {
  if (agent === undefined || agent.lost !== undefined) return undefined
  // A load that was stopped has fewer frames than its schedule.
  const expected = [agent.framesScheduled, agent.complete ? agent.framesPlanned : undefined].filter(
    (frames) => frames !== undefined,
  )
  return expected.length === 0
    ? undefined
    : Math.max(...expected.map((frames) => Math.abs(frames - scheduled)))
}
