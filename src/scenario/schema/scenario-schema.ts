import * as z from 'zod'
import { parseThreshold } from '../grammar/threshold.js'
import { readInSchema } from '../grammar/grammar-error.js'
import { batching } from './batching.js'
import { rawLoad } from './load.js'
import { measure, slo, sloOverlay } from './measure.js'
import { model } from './model.js'
import { output } from './output.js'
import { defaulted, fixed, optional, required, section, sweep } from './section.js'
import { video, videoOverlay } from './video.js'
import { parseServer } from '../grammar/parse-server.js'
import { serverMapping } from './server.js'

const serverText = z
  .string()
  .meta({
    description:
      'auto | torchserve[:workers=2,handler=path.py,requirements=requirements.txt,python=venv,config.NAME=value,env.NAME=value] | ' +
      'embedded[:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run] | http(s)://host:port[,tokenEnv=NAME,manage=true,headers.NAME=value]',
  })
  .transform(
    (text, context): z.input<typeof serverMapping> =>
      readInSchema(context, () => parseServer(text)) ?? z.NEVER,
  )
  .pipe(serverMapping)

/** One server as a mapping or a text. A text is converted to the equivalent mapping. */
export const rawServer = z.union([serverText, serverMapping])

const pointEntry = section('point', 'One explicit combination. Its fields replace those of the scenario.', {
  video: optional(fixed(videoOverlay.raw), 'Fields that differ from `video`.'),
  server: optional(fixed(sweep(rawServer)), 'In place of `server`.'),
  model: optional(fixed(model.raw), 'Fields that differ from `model`.'),
  batching: optional(fixed(batching.raw), 'Fields that differ from `batching`.'),
  load: optional(fixed(sweep(rawLoad)), 'In place of `load`.'),
  measure: optional(fixed(measure.raw), 'Fields that differ from `measure`.'),
  slo: optional(fixed(sloOverlay.raw), 'Fields that differ from `slo`.'),
})

const threshold = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    readInSchema(context, () => parseThreshold(text))
  })

const scenario = section('scenario', 'A Framestorm scenario.', {
  name: optional(fixed(z.string().min(1)), 'Name of the run. Default: the file name.'),
  video: required(fixed(sweep(video.raw)), 'The frames that are sent.'),
  server: defaulted(fixed(sweep(rawServer)), 'auto', 'The server under test.'),
  model: optional(fixed(sweep(model.raw)), 'The model that is requested.'),
  batching: optional(fixed(sweep(batching.raw)), 'Where batches are formed, and their size.'),
  load: optional(fixed(sweep(rawLoad)), 'How frames arrive: one load or several.'),
  measure: optional(fixed(sweep(measure.raw)), 'How long and how often each point is measured.'),
  slo: optional(fixed(sweep(slo.raw)), 'The service level objective of the points.'),
  thresholds: optional(
    fixed(z.array(threshold)),
    'Conditions that fail the run (exit code 1), such as "fps >= 30", "frameLatencyP99Ms < 1000", ' +
      '"errorRate < 0.1%".',
  ),
  output: optional(fixed(output.raw), 'The files that a run writes beside its report.'),
  seed: defaulted(
    fixed(z.int().min(0).max(0xffff_ffff)),
    1,
    'Seed of the order of the points and of the phases of the cameras.',
  ),
  points: optional(
    fixed(z.array(pointEntry.raw).min(1)),
    'Explicit combinations in place of the cross product. Each entry is merged into the rest of the scenario.',
  ),
})

/**
 * A scenario file. Every setting may be a list, which is a sweep: the plan measures the cross product, or the entries
 * of `points` instead. Defaults are stated here but applied by the plan, once the sweeps are expanded. Rules that
 * concern several sections (batching and load of each entry) are checked by `requireSections`.
 */
export const scenarioSchema = scenario.raw
export const scenarioDefaults = scenario.defaults

/** A scenario that was validated: sweeps are still lists, defaults are not applied. */
export type RawScenario = z.output<typeof scenarioSchema>
