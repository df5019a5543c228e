import { plural } from '../../system/plural.js'
import { createLogUpdate } from 'log-update'
import type { LiveGateObserver } from '../../gate/live/live-gate.js'
import { printNotice } from '../command.js'
import { loadLine } from './load-line.js'
import { isInteractive } from '../terminal.js'

/** The progress of a live gate. */
export function gateProgress(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): LiveGateObserver & { done: () => void } {
  const update = isInteractive(stream, env) ? createLogUpdate(stream) : undefined
  let head = 'starting'
  // Each pair starts the servers again. A log shows the steps only once.
  const logged = new Set<string>()
  return {
    status(text) {
      if (update !== undefined) update(`${head}\n${text}`)
      else if (!logged.has(text)) {
        logged.add(text)
        stream.write(`${text}\n`)
      }
    },
    loadProgress(load) {
      update?.(`${head}\n${loadLine(load).slice(0, Math.min(stream.columns, 80))}`)
    },
    pairDone({ pairs, atMost, decisions }) {
      const undecided = decisions.filter(({ verdict }) => verdict === 'INCONCLUSIVE').length
      const words =
        decisions.length === 0 ? '' : `, ${undecided} of ${plural(decisions.length, 'metric')} undecided`
      head = `${pairs} of at most ${atMost} pairs measured${words}`
      if (update === undefined) stream.write(`${head}\n`)
      else update(head)
    },
    notice(text) {
      update?.clear()
      printNotice(text)
    },
    done: () => update?.clear(),
  }
}
