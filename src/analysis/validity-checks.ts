import type { SloSettings } from '../scenario/schema/settings.js'
import { type Check, percent, threads } from './check.js'
import { judgedLagMs } from './generator-lag.js'

/** Lateness above which the load is no longer the one asked for: min(5 ms, 5 % of the SLO). */
export function lagLimitMs(slo: SloSettings | undefined): number {
  return Math.min(5, slo === undefined ? Number.POSITIVE_INFINITY : 0.05 * slo.latencyMs)
}

/** Of one core, for each load thread. */
export const loadThreadCpuLimit = 0.8

/** What makes a measurement INVALID, in the order in which it is reported. Slow servers and errors do not. */
export const validityChecks = {
  interrupted: {
    severity: 'invalid',
    unit: 'count',
    limit: 0,
    observe: ({ complete }) => Number(!complete),
    finding: {
      when: 'the measurement did not reach its end',
      symptom: () => 'The measurement was interrupted.',
      cause: 'Ctrl-C, a crash or a lost server.',
      remedy: 'Finish the run with `framestorm bench --resume`.',
    },
  },
  'generator-late': {
    severity: 'invalid',
    unit: 'ms',
    limit: ({ point }) => lagLimitMs(point.slo),
    observe: ({ generatorLagsUs }) => judgedLagMs(generatorLagsUs),
    title: 'generator lag p99',
    finding: {
      when: 'generator lag p99 above 5 ms or 5 % of the SLO, whichever is less; a single late request does not count',
      symptom: (_, lagMs, limitMs) =>
        `Requests left ${lagMs.toFixed(2)} ms late at p99; the limit is ${limitMs.toFixed(2)} ms.`,
      cause: 'The load threads did not get the processor in time: it is too slow, or other programs used it.',
      remedy: ({ observations }) =>
        `Close other programs, run the server on another machine, or set load.threads to ${threads(observations) + 1}.`,
    },
  },
  'client-saturated': {
    severity: 'invalid',
    unit: 'share',
    limit: loadThreadCpuLimit,
    observe: ({ loadCpuShare, observations }) =>
      loadCpuShare === undefined ? undefined : loadCpuShare / threads(observations),
    title: 'CPU of a load thread, share of a core',
    finding: {
      when: `a load thread used more than ${percent(loadThreadCpuLimit)} of a core`,
      symptom: (_, share, limit) =>
        `A load thread used ${percent(share)} of a core; the limit is ${percent(limit)}.`,
      cause: 'The client, not the server, limits the rate.',
      remedy: ({ observations }) =>
        `Set load.threads to ${threads(observations) + 1}, or run the load on a faster machine of its own.`,
    },
  },
  'wrong-answers': {
    severity: 'invalid',
    unit: 'count',
    limit: 0,
    observe: ({ answers }) => answers?.wrong,
    title: 'answers that differ from the answer to the same frame alone',
    finding: {
      when: 'an answer is not the one that the same frame gets alone, within the measured tolerance',
      symptom: ({ answers }, wrong) =>
        `${wrong} of ${answers?.compared} answers differ from the answer to the same frame alone ` +
        `(largest deviation ${answers?.largestDeviation.toPrecision(2)}).`,
      cause:
        'The handler mixes up the frames of a batch, or its answers depend on the batch that a frame is in.',
      remedy: "Compare the handler's answers to one frame at batch size 1 and above.",
    },
  },
  'clock-step': {
    severity: 'invalid',
    unit: 'ms',
    limit: 1,
    observe: ({ observations: { clockStepMs } }) =>
      clockStepMs === undefined ? undefined : Math.abs(clockStepMs),
    title: 'step of the wall clock against the monotonic clock',
    finding: {
      when: 'the wall clock moved by more than 1 ms against the monotonic clock',
      symptom: ({ observations: { clockStepMs } }) =>
        `The wall clock moved by ${clockStepMs?.toFixed(1)} ms against the monotonic clock.`,
      cause: 'The machine was suspended, or its time was set.',
      remedy: 'Measure again while nothing sets the time.',
    },
  },
  'settings-changed': {
    severity: 'invalid',
    unit: 'count',
    limit: 0,
    observe: ({ observations: { settingsChanged } }) => settingsChanged?.length,
    title: 'server settings that changed during the measurement',
    finding: {
      when: 'the settings of the server at the end were not those asked for',
      symptom: ({ observations: { settingsChanged } }) =>
        `The settings of the server at the end were not those asked for: ${settingsChanged?.join('; ')}.`,
      cause: 'Another client configured the server during the measurement.',
      remedy: 'Measure while no other client uses the management API.',
    },
  },
  'server-restarted': {
    severity: 'invalid',
    unit: 'count',
    limit: 0,
    observe: ({ observations: { serverRestarted } }) =>
      serverRestarted === undefined ? undefined : Number(serverRestarted),
    title: 'restarts of the server',
    finding: {
      when: 'the server process at the end was not the one at the start',
      symptom: () => 'The server process at the end was not the one at the start.',
      cause: 'The server crashed or was restarted.',
      remedy: "Check the server's log, then measure again.",
    },
  },
  throttled: {
    severity: 'invalid',
    unit: 'share',
    limit: 0.01,
    observe: ({ observations }) => observations.throttledShare,
    title: 'processor throttled, share of the window',
    finding: {
      when: 'the processor was throttled for more than 1 % of the window',
      symptom: (_, share) => `The processor was throttled for ${(share * 100).toFixed(1)} % of the window.`,
      cause: 'Heat, or a limit on the CPU time of this container.',
      remedy: 'Cool the machine, raise the limit, or measure on another machine.',
    },
  },
} satisfies Record<string, Check>
