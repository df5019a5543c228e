import { createLogUpdate } from 'log-update'
import type { CapacityEvent } from '../../capacity/live/search-setting.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import { formatDuration, formatLoad } from '../../report/format/format.js'
import { plural } from '../../system/plural.js'
import { loadLine } from './load-line.js'
import { isInteractive } from '../terminal.js'

export interface CapacityProgress {
  onStatus: (text: string) => void
  onLoadProgress: (progress: LoadProgress) => void
  onEvent: (event: CapacityEvent) => void
  done: () => void
}

/** A longer silence looks like a hang. */
const silenceMaxMs = 8000

/**
 * The progress of a capacity search: verdicts are kept on the screen, the current load is redrawn. Without a terminal there is
 * a line at least every ten seconds, also during a warm-up or a long simulation.
 */
export function capacityProgress(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  nowMs: () => number = Date.now,
): CapacityProgress {
  const update = isInteractive(stream, env) ? createLogUpdate(stream) : undefined
  const startMs = nowMs()
  let now = ''
  let load = ''
  let spokenMs = startMs
  const say = (line: string) => {
    update?.clear()
    spokenMs = nowMs()
    stream.write(`${line}\n`)
  }
  const show = (line: string) => {
    if (line === now) return
    now = line
    load = ''
    if (update === undefined) say(line)
    else update(line)
  }
  const remind = () => {
    if (update !== undefined || nowMs() - spokenMs < silenceMaxMs) return
    const detail = load === '' ? '' : `: ${load.trim()}`
    say(`${now}${detail} (${formatDuration((nowMs() - startMs) / 1000)})`)
  }
  const reminder = setInterval(remind, 1000)
  reminder.unref()
  return {
    onStatus: show,
    onLoadProgress(progress) {
      load = loadLine(progress)
      update?.(`${now}\n${load.slice(0, Math.min(stream.columns, 80))}`)
    },
    onEvent(event) {
      if (event.kind === 'setting') say(`${event.setting} (${event.number} of ${event.of})`)
      else if (event.kind === 'verdict') say(verdictLine(event))
      else show(eventLine(event))
    },
    done() {
      clearInterval(reminder)
      update?.clear()
    },
  }
}

function eventLine(event: Exclude<CapacityEvent, { kind: 'setting' | 'verdict' }>): string {
  switch (event.kind) {
    case 'calibrating':
      return `  calibrating: ${formatLoad(event.load)}`
    case 'simulating':
      return event.cameras === undefined
        ? '  simulating all numbers of cameras'
        : `  simulating ${plural(event.cameras, 'camera')}`
    case 'tuning':
      return `  simulating setting ${event.candidate} of ${event.of}`
    case 'measuring':
      return `  measuring ${plural(event.cameras, 'camera')}, draw ${event.repetition} of camera phases, ${Math.round(event.windowS)} s`
  }
}

function verdictLine({ verdict }: Extract<CapacityEvent, { kind: 'verdict' }>): string {
  const { cameras, decision, binding, measuredS } = verdict
  const why = decision === 'pass' ? '' : ` (${binding})`
  return `  ${plural(cameras, 'camera')}: ${decision}${why}, measured for ${Math.round(measuredS)} s`
}
