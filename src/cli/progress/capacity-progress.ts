import { createLogUpdate } from 'log-update'
import type { CapacityEvent } from '../../capacity/live/search-setting.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import { formatLoad } from '../../report/format/format.js'
import { loadLine } from './load-line.js'
import { isInteractive } from '../terminal.js'

export interface CapacityProgress {
  onStatus: (text: string) => void
  onLoadProgress: (progress: LoadProgress) => void
  onEvent: (event: CapacityEvent) => void
  done: () => void
}

/** The progress of a capacity search: verdicts are kept on the screen, the current load is redrawn. */
export function capacityProgress(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): CapacityProgress {
  const update = isInteractive(stream, env) ? createLogUpdate(stream) : undefined
  let now = ''
  const say = (line: string) => {
    update?.clear()
    stream.write(`${line}\n`)
  }
  const show = (line: string) => {
    if (line === now) return
    now = line
    if (update === undefined) stream.write(`${line}\n`)
    else update(line)
  }
  return {
    onStatus: show,
    onLoadProgress: (load) => update?.(`${now}\n${loadLine(load).slice(0, Math.min(stream.columns, 80))}`),
    onEvent(event) {
      if (event.kind === 'setting') say(`${event.setting} (${event.number} of ${event.of})`)
      else if (event.kind === 'verdict') say(verdictLine(event))
      else show(eventLine(event))
    },
    done: () => update?.clear(),
  }
}

function eventLine(event: Exclude<CapacityEvent, { kind: 'setting' | 'verdict' }>): string {
  switch (event.kind) {
    case 'calibrating':
      return `  calibrating: ${formatLoad(event.load)}`
    case 'simulating':
      return `  simulating every number of cameras up to ${event.upTo}`
    case 'tuning':
      return `  simulating setting ${event.candidate} of ${event.of}`
    case 'measuring':
      return `  measuring ${event.cameras} cameras, repetition ${event.repetition}, ${Math.round(event.windowS)} s`
  }
}

function verdictLine({ verdict }: Extract<CapacityEvent, { kind: 'verdict' }>): string {
  const { cameras, decision, binding, measuredS } = verdict
  const why = decision === 'pass' ? '' : ` (${binding})`
  return `  ${cameras} cameras: ${decision}${why}, measured for ${Math.round(measuredS)} s`
}
