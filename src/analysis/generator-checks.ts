import { type Check, type Evidence, none, percent, threads } from './check.js'
import { judgedLagMs, lagLimitMs } from './generator-lag.js'

/** Lateness is judged against this latency, ms; undefined if it is unknown. */
function latencyThatMatters({
  point: { load, slo },
  latencyP50Ms,
}: Pick<Evidence, 'point' | 'latencyP50Ms'>): number | undefined {
  return load.kind === 'cameras' && slo !== undefined ? slo.latencyMs : latencyP50Ms
}

function remedyForLateness({ observations }: Evidence): string {
  return `Close other programs, run the server on another machine, or set load.threads to ${threads(observations) + 1} (each needs a core).`
}

/** The checks of the load generator itself. They make a measurement INVALID. */
export const generatorChecks = {
  'generator-late': {
    severity: 'invalid',
    unit: 'ms',
    atAgents: 'instead',
    limit: (evidence) => lagLimitMs(latencyThatMatters(evidence) ?? 0),
    // If nothing was answered and there is no SLO, there is no latency that lateness could change.
    observe: (evidence) =>
      latencyThatMatters(evidence) === undefined ? undefined : judgedLagMs(evidence.generatorLagsUs),
    title: 'generator lag p99',
    finding: {
      when:
        'generator lag p99 above 1 ms and above 5 % of the SLO (camera load without an SLO: of the p50 frame latency; ' +
        'closed load: of the p50 request latency); a single late request does not count',
      symptom: (_, lagMs, limitMs) =>
        `Requests were sent ${lagMs.toFixed(2)} ms late at p99; the limit is ${limitMs.toFixed(2)} ms.`,
      cause: 'The load threads did not get the CPU in time: it is too slow, or other programs used it.',
      remedy: remedyForLateness,
    },
  },
  'lateness-decides': {
    severity: 'invalid',
    ...none,
    observe: ({ outcome }) => outcome && Number(outcome.latenessDecides),
    finding: {
      when: "the outcome differs from the outcome with each request's own lateness taken away",
      symptom: ({ outcome }) =>
        `The outcome is ${outcome?.decision ?? 'none'}; without the lateness of the load generator it is ${outcome?.withoutLateness ?? 'none'}.`,
      cause: 'The result is so close to its limit that requests sent a little late decide it.',
      remedy: remedyForLateness,
    },
  },
  'client-saturated': {
    severity: 'invalid',
    unit: 'share',
    limit: 0.8,
    atAgents: 'instead',
    observe: ({ loadCpuShare, observations }) =>
      loadCpuShare === undefined ? undefined : loadCpuShare / threads(observations),
    title: 'CPU of a load thread, share of a core',
    finding: {
      when: 'a load thread used more than 80 % of a core',
      symptom: (_, share, limit) =>
        `A load thread used ${percent(share)} of a core; the limit is ${percent(limit)}.`,
      cause: 'The client, not the server, limits the rate.',
      remedy: ({ observations }) =>
        `Set load.threads to ${threads(observations) + 1} (each needs a core), or run the load on a faster, dedicated machine.`,
    },
  },
} satisfies Record<string, Check>
