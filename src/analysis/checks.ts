import { plural } from '../system/plural.js'
import { agentChecks, agentNotes, isAgentLost } from './agent-checks.js'
import { describeWrongAnswers } from './answer-check.js'
import { batchChecks } from './batch-checks.js'
import { type Check, none, percent } from './check.js'
import { errorRate, formatFailures } from './frame-counts.js'
import { generatorChecks } from './generator-checks.js'

/**
 * All checks of a measurement, in the order in which they are reported: those that make it INVALID (slow servers and
 * errors do not), then notes. Findings, validity, the report's checks, capacity's limits and docs/words.md use it.
 */
export const checks = {
  interrupted: {
    severity: 'invalid',
    ...none,
    observe: (evidence) => (isAgentLost(evidence) ? undefined : Number(!evidence.complete)),
    finding: {
      when: 'the measurement did not reach its end',
      symptom: () => 'The measurement was interrupted.',
      cause: 'Ctrl-C, a crash, or a server that stopped.',
      remedy: 'Finish the run with `framestorm bench --resume`.',
    },
  },
  ...agentChecks,
  ...generatorChecks,
  'wrong-answers': {
    severity: 'invalid',
    ...none,
    observe: ({ answers }) => answers && answers.wrong + (answers.mixedUp ?? 0),
    title: 'answers that differ from the answer to the same frame sent alone',
    finding: {
      when: 'an answer differs from the answer to the same frame sent alone by more than the tolerance, or frames got the answer to another frame before the load',
      symptom: ({ answers }) => (answers === undefined ? '' : describeWrongAnswers(answers)),
      cause: 'The handler mixes up the frames of a batch, or its answer to a frame depends on other frames.',
      remedy:
        "Compare the handler's answers to one frame at batch size 1 and above. If they may differ by so much, set model.sameAnswer.",
    },
  },
  'clock-step': {
    severity: 'invalid',
    unit: 'ms',
    limit: 1,
    atAgents: 'also',
    observe: ({ observations: { clockStepMs } }) =>
      clockStepMs === undefined ? undefined : Math.abs(clockStepMs),
    title: 'step of the wall clock against the monotonic clock',
    finding: {
      when: 'the wall clock moved by more than 1 ms against the monotonic clock',
      symptom: ({ observations: { clockStepMs } }) =>
        `The wall clock moved by ${clockStepMs?.toFixed(1)} ms against the monotonic clock.`,
      cause: 'The machine was suspended, or its time was set.',
      remedy: 'Measure again without suspending the machine or setting its time.',
    },
  },
  'settings-changed': {
    severity: 'invalid',
    ...none,
    observe: ({ observations: { settingsChanged } }) => settingsChanged?.length,
    title: 'server settings that changed during the measurement',
    finding: {
      when: 'the server settings at the end differed from those requested',
      symptom: ({ observations: { settingsChanged } }) =>
        `The server settings at the end differed from those requested: ${settingsChanged?.join('; ')}.`,
      cause: 'Another client configured the server during the measurement.',
      remedy: 'Measure while no other client uses the management API.',
    },
  },
  'server-restarted': {
    severity: 'invalid',
    ...none,
    observe: ({ observations: { serverRestarted } }) =>
      serverRestarted === undefined ? undefined : Number(serverRestarted),
    title: 'restarts of the server',
    finding: {
      when: 'the server process at the end was not the same as at the start',
      symptom: () => 'The server process at the end was not the same as at the start.',
      cause: 'The server crashed or was restarted.',
      remedy: "Check the server's log, then measure again.",
    },
  },
  throttled: {
    severity: 'invalid',
    unit: 'share',
    limit: 0.01,
    atAgents: 'also',
    observe: ({ observations }) => observations.throttledShare,
    title: 'processor throttled, share of the window',
    finding: {
      when: 'the processor was throttled for more than 1 % of the window',
      symptom: (_, share) => `The processor was throttled for ${(share * 100).toFixed(1)} % of the window.`,
      cause: 'Heat, or a limit on the CPU time of this container.',
      remedy: 'Cool the machine, raise the limit, or measure on another machine.',
    },
  },
  ...agentNotes,
  errors: {
    severity: 'note',
    unit: 'share',
    limit: 0,
    observe: ({ counts }) => errorRate(counts),
    finding: {
      when: 'frames failed',
      symptom: ({ counts }) =>
        `${counts.scheduled - counts.byOutcome.ok} of ${counts.scheduled} frames failed: ${formatFailures(counts)}.`,
      // The failures are reported beside the findings, with their meaning and remedy.
      cause: ({ failures }) =>
        failures.length > 0
          ? ''
          : 'The queue of the client dropped them, or they were still open at the end.',
      remedy: ({ failures }) =>
        failures.length > 0
          ? 'What failed is in failures.csv.'
          : 'Reduce the load if all have to be answered.',
    },
  },
  'unstable-window': {
    severity: 'note',
    ...none,
    observe: ({ stability }) => (stability === undefined ? undefined : Number(!stability.stable)),
    finding: {
      when:
        'FPS in the thirds of the window differ by more than 10 % and two batches; under camera load also by more ' +
        'than counting noise (3.3 standard deviations of a Poisson count)',
      symptom: ({ stability }) =>
        `FPS varied over the three thirds of the window: ${stability?.fps.map((fps) => fps.toFixed(1)).join(', ')}.`,
      cause: ({ point }) =>
        point.load.kind === 'cameras'
          ? 'The server fell behind and caught up again, or other programs used the machine.'
          : 'The warm-up was too short, or other programs used the machine.',
      remedy: ({ point }) =>
        point.load.kind === 'cameras'
          ? 'Raise measure.durationS, or close other programs.'
          : 'Raise measure.warmupMaxS or measure.durationS.',
    },
  },
  ...batchChecks,
  'other-clients': {
    severity: 'note',
    ...none,
    observe: ({ fromOthers }) => fromOthers,
    finding: {
      when: "the server's metrics counted requests that are not from this load",
      symptom: (_, requests) =>
        `The server counted ${plural(requests, 'request')} that this load did not send.`,
      cause: 'Another client used the model during the measurement and shared its batches.',
      remedy:
        'Measure while no other client uses the server, or treat the results as those of a shared server.',
    },
  },
  'workers-restarted': {
    severity: 'note',
    ...none,
    observe: ({ observations: { workersReplaced } }) => workersReplaced,
    finding: {
      when: 'the server restarted a worker by itself',
      symptom: (_, workers) => `The server restarted ${plural(workers, 'worker')}.`,
      cause: 'The handler crashed, ran out of memory, or took longer than responseTimeout.',
      remedy: "See the last lines of the worker in the server's log.",
    },
  },
  'connections-retried': {
    severity: 'note',
    ...none,
    observe: ({ observations: { connectionsRetried } }) => connectionsRetried,
    title: 'requests that were sent again on a new connection',
    finding: {
      when: 'the server closed idle connections as requests were sent on them',
      symptom: (_, requests) =>
        `${plural(requests, 'request was', 'requests were')} sent again, because the server closed the idle connection at that moment.`,
      cause: 'The server or a proxy closes idle connections after a short time (keepalive_timeout in nginx).',
      remedy:
        'Increase that time, or expect the same delay from your own clients. Their latency counts from the first send.',
    },
  },
  'processor-stolen': {
    severity: 'note',
    unit: 'share',
    limit: 0.02,
    atAgents: 'also',
    observe: ({ observations }) => observations.stealShare,
    title: 'CPU time taken by other virtual machines of the host',
    finding: {
      when: 'other virtual machines of the host took more than 2 % of the CPU time',
      symptom: (_, share) =>
        `Other virtual machines took ${(share * 100).toFixed(1)} % of the host's CPU time.`,
      cause: 'This is a virtual machine on a busy host.',
      remedy: 'Measure on a dedicated host, or use `framestorm gate`, which measures two servers in turn.',
    },
  },
  'machine-shared': {
    severity: 'note',
    unit: 'share',
    limit: 0.1,
    atAgents: 'also',
    observe: ({ observations }) => observations.otherCpuShare,
    title: 'CPU time used by other programs',
    finding: {
      when: "programs other than server and client used more than 10 % of the machine's CPU time",
      symptom: (_, share) => `Other programs used ${percent(share)} of this machine's CPU time.`,
      cause: 'Other programs compete with server and client for the CPU.',
      remedy: 'Close them and measure again, or use `framestorm gate`, which measures two servers in turn.',
    },
  },
  'frames-not-sent': {
    severity: 'note',
    unit: 'share',
    limit: 0,
    // A closed load sends every frame that it schedules.
    observe: ({ point, counts: { scheduled, byOutcome } }) =>
      point.load.kind === 'closed' || scheduled === 0
        ? undefined
        : (byOutcome.dropped + byOutcome.aborted) / scheduled,
    title: 'frames scheduled but not sent',
  },
  'second-opinion': {
    severity: 'note',
    unit: 'share',
    limit: 0.05,
    observe: ({ crossCheckFps, fps }) =>
      crossCheckFps === undefined || fps === 0 ? undefined : Math.abs(crossCheckFps / fps - 1),
    title: 'difference from the FPS of autocannon or grpc-js',
  },
} satisfies Record<string, Check>

export type CheckName = keyof typeof checks

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of an object that is written above
export const checkNames = Object.keys(checks) as CheckName[]
