import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

export const measureSchema = section('measure', 'How long and how often each point is measured.', {
  warmupMaxS: sweep(z.number().min(0)).optional().meta({
    description: 'Longest warm-up before a window, s; it ends earlier once throughput is steady.',
    default: defaults.measure.warmupMaxS,
  }),
  durationS: sweep(z.number().gt(0)).optional().meta({
    description: 'Length of the measured window, s; not used with passes.',
    default: defaults.measure.durationS,
  }),
  repetitions: sweep(z.int().min(1).max(1000)).optional().meta({
    description: 'Fresh measurements of each point; 1 with passes.',
    default: defaults.measure.repetitions,
  }),
  deadlineMs: sweep(z.number().gt(0)).optional().meta({
    description:
      'Client deadline of each request from its sending, ms; what has no answer by then is a timeout.',
    default: defaults.measure.deadlineMs,
  }),
  passes: sweep(z.int().min(1)).optional().meta({
    description: 'Send each frame of the clip exactly this many times, in place of a window in time.',
  }),
})
