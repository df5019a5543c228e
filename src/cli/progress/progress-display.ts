import { createLogUpdate } from 'log-update'
import { Chalk, type ChalkInstance } from 'chalk'
import { describeDuration } from '../../scenario/plan/describe-duration.js'
import { isWatched } from './is-watched.js'
import { loadLine } from './load-line.js'
import type { RunProgress } from './run-progress.js'

export interface ProgressDisplay {
  changed: (progress: RunProgress, event: 'status' | 'start' | 'load' | 'end') => void
  /** Leaves the terminal as a plain log would. */
  done: () => void
}

/** A live block on a terminal; one line a measurement where nobody watches (a pipe, CI). */
export function progressDisplay(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): ProgressDisplay {
  const live = isWatched(stream, env)
  const chalk = new Chalk({ level: live && env['NO_COLOR'] === undefined ? 1 : 0 })
  return live ? liveDisplay(stream, chalk) : lineDisplay(stream)
}

function liveDisplay(stream: NodeJS.WriteStream, chalk: ChalkInstance): ProgressDisplay {
  const update = createLogUpdate(stream)
  return {
    changed(progress) {
      update(liveBlock(progress, chalk, Math.min(stream.columns, 80)).join('\n'))
    },
    done: () => update.clear(),
  }
}

/** Three lines: the bar, the point, the load now. Pure. */
function liveBlock(progress: RunProgress, chalk: ChalkInstance, columns: number): string[] {
  const { done, total, load } = progress
  const left = total === 0 ? '' : `${describeDuration(progress.timeLeftMs / 1000)} left`
  const count = `${done}/${total} measured`
  const barWidth = Math.max(8, columns - count.length - left.length - 6)
  const filled = total === 0 ? 0 : Math.round((done / total) * barWidth)
  const bar = chalk.cyan('━'.repeat(filled)) + chalk.dim('─'.repeat(barWidth - filled))
  const lines = [
    `${bar}  ${count}  ${chalk.bold(left)}`,
    (progress.subject || progress.status).slice(0, columns),
  ]
  if (progress.subject !== '' && progress.status !== '')
    lines.push(chalk.dim(progress.status.slice(0, columns)))
  else if (load !== undefined) lines.push(loadLine(load).slice(0, columns))
  return lines
}

function lineDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let lastStatus = ''
  return {
    changed(progress, event) {
      if (event === 'status' && progress.status !== lastStatus) {
        lastStatus = progress.status
        stream.write(`${progress.status}\n`)
      }
      if (event === 'end') stream.write(`${endLine(progress)}\n`)
    },
    done: () => {},
  }
}

function endLine({ done, total, subject, repetition, load, timeLeftMs }: RunProgress): string {
  const width = String(total).length
  const failed = load !== undefined && load.framesFailed > 0 ? `, ${load.framesFailed} frames failed` : ''
  return (
    `[${String(done).padStart(width)}/${total}] ${subject}, repetition ${repetition}` +
    `${failed} (${describeDuration(timeLeftMs / 1000)} left)`
  )
}
