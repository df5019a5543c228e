import * as z from 'zod'
import { defaulted, noneRequired, optional, required, section, swept } from './section.js'

export const measure = section('measure', 'How long and how often each point is measured.', {
  warmupMaxS: defaulted(
    swept(z.number().min(0)),
    10,
    'Maximum warm-up before a window, s. It ends earlier once throughput is steady.',
  ),
  durationS: defaulted(
    swept(z.number().gt(0)),
    10,
    'Length of the measured window, s. Not used with `passes`.',
  ),
  repetitions: defaulted(
    swept(z.int().min(1).max(1000)),
    3,
    'Independent measurements of each point. The default is 1 with `passes`.',
  ),
  deadlineMs: defaulted(swept(z.number().gt(0)), 5000, 'Timeout of each request, ms after it is sent.'),
  firstRequestS: optional(
    swept(z.number().gt(0).max(86_400)),
    'Timeout of each request before the load, s: a first request of each size may have to compile the model. Default: deadlineMs, but at least 30 s.',
  ),
  passes: optional(
    swept(z.int().min(1)),
    'Send each frame of the clip exactly this many times, instead of measuring for a fixed time.',
  ),
})

export const slo = section('slo', 'The service level objective for goodput and outcome.', {
  latencyMs: required(
    swept(z.number().gt(0)),
    'Maximum latency, ms: frame latency under a camera load, request latency under a closed load.',
  ),
  percentile: defaulted(
    swept(z.number().gt(0).lt(100)),
    99,
    'Percentile of latency that must not exceed it.',
  ),
})

/** The service level objective of one entry of `points`. */
export const sloOverlay = section('sloOverlay', 'Fields that differ from `slo`.', noneRequired(slo.fields))
