import type { UrlSettings } from '../../scenario/plan/plan.js'
import { UserError } from '../../system/user-error.js'
import type { RequestedModel } from '../endpoint.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel, modelPath } from '../management/describe-model.js'
import type { ServerBatching } from '../running-server.js'

/** How the batch settings of a server that Framestorm did not start are applied or checked. */
export interface UrlBatching {
  configure: (batching: ServerBatching) => Promise<void>
  restore: () => Promise<void>
}

type BatchSettings = Pick<ServerBatching, 'serverBatchSize' | 'maxBatchDelayMs'>

/**
 * Whether the current settings are the requested ones. The number of workers is ignored, and so is the delay of a batch
 * of one, which never waits.
 */
export function meets(wanted: BatchSettings, found: BatchSettings): boolean {
  return (
    found.serverBatchSize === wanted.serverBatchSize &&
    (wanted.serverBatchSize === 1 ||
      wanted.maxBatchDelayMs === undefined ||
      found.maxBatchDelayMs === wanted.maxBatchDelayMs)
  )
}

function format({ serverBatchSize, maxBatchDelayMs }: BatchSettings): string {
  return serverBatchSize === 1 || maxBatchDelayMs === undefined
    ? `batch size ${serverBatchSize}`
    : `batch size ${serverBatchSize}, max batch delay ${maxBatchDelayMs} ms`
}

/** Without a management address the settings cannot be checked, but a sweep over server settings is rejected. */
export function unseenBatching({
  inferenceUrl,
  api,
}: Pick<UrlSettings, 'inferenceUrl' | 'api'>): UrlBatching {
  let first: ServerBatching | undefined
  return {
    async configure(batching) {
      first ??= batching
      if (meets(batching, { maxBatchDelayMs: 0, ...first })) return
      throw new UserError(
        'the scenario sweeps server batching, but the batching of this server cannot be changed',
        {
          where: inferenceUrl,
          expected: format(batching),
          received: `${format(first)} for an earlier point`,
          remedy:
            (api === 'torchserve' ? 'Set managementUrl and manage: true. Or use' : 'Use') +
            ' only the serverBatchSize and maxBatchDelayMs of the server.',
        },
      )
    },
    restore: async () => {},
  }
}

/** With a management address but without `manage`, the requested settings must be the settings of the server. */
export function checkedBatching(api: ServerApi, model: RequestedModel, signal: AbortSignal): UrlBatching {
  return {
    async configure(batching) {
      const found = await describeModel(api, model, signal)
      if (meets(batching, found)) return
      throw new UserError("the server's batch settings differ from the scenario", {
        where: api.url + modelPath(model),
        expected: format(batching),
        received: format(found),
        remedy:
          'Set manage: true to register the model with these settings for the run and restore it afterwards. ' +
          'Or change the scenario to the settings of the server.',
      })
    },
    restore: async () => {},
  }
}
