import type { EmbeddedSettings } from '../../scenario/schema/settings.js'
import type { ServerIdentity } from '../running-server.js'

/** What every output of a run on this server says, so that nobody takes it for a real one. */
export function embeddedIdentity(settings: EmbeddedSettings): ServerIdentity {
  const { tauMs, alphaMs, jitter, workers, table, faults = {} } = settings
  const formula = `t(b) = ${tauMs} ms + ${alphaMs} ms · b, b = frames of the batch`
  return {
    kind: 'embedded',
    label: 'embedded (simulated)',
    details: {
      'service time': table === undefined ? formula : `batch times measured in ${table}`,
      jitter: `${jitter * 100} % standard deviation`,
      workers: String(workers),
      ...(Object.keys(faults).length > 0 && {
        faults: Object.entries(faults)
          .map(([name, trigger]) => `${name} ${trigger}`)
          .join(', '),
      }),
    },
  }
}
