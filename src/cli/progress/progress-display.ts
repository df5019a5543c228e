import { createLogUpdate } from 'log-update'
import { Chalk, type ChalkInstance } from 'chalk'
import { formatDuration } from '../../report/format/format.js'
import { loadLine } from './load-line.js'
import { isInteractive, usesColor } from '../terminal.js'
import { formatPoints } from '../../report/format/findings.js'
import { maskAddresses } from '../../system/secret-address.js'
import { formatUserError } from '../../system/user-error.js'
import { spellCommands } from '../spell-commands.js'
import type { SimulationProgress } from '../../capacity/recommend/rate-settings.js'
import { formatSimulation, type RunEvent, type RunProgress } from './run-progress.js'

export interface ProgressDisplay {
  changed: (progress: RunProgress, event: RunEvent) => void
  /** Clears what was drawn. */
  done: () => void
}

/** A longer silence looks like a hang, even more so if nothing else is seen of the work. */
const silenceMaxMs = { load: 30_000, simulation: 5000 }

/**
 * A block that is redrawn on a terminal; in a pipe or CI one line per event, and at least one every 30 seconds under load
 * and every 10 seconds while settings are simulated.
 */
export function progressDisplay(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): ProgressDisplay {
  const live = isInteractive(stream, env)
  const chalk = new Chalk({ level: live && usesColor(stream, env) ? 1 : 0 })
  const display = live ? liveDisplay(stream, chalk) : lineDisplay(stream, Date.now)
  const firstPoints = new Map<string, number>()
  return {
    ...display,
    changed(progress, event) {
      if (event === 'left-out' && progress.leftOut !== undefined) {
        if (live) display.done()
        stream.write(`${spellCommands(leftOutText(progress.leftOut, firstPoints), env)}\n`)
      }
      display.changed(progress, event)
    },
  }
}

/**
 * The error in full, at the time when it happens: later outputs have it in short. A reason that was already shown is
 * not repeated.
 * @param firstPoints by reason, the first point that was left out for it
 */
function leftOutText(
  { error, points }: NonNullable<RunProgress['leftOut']>,
  firstPoints: Map<string, number>,
): string {
  const { received, remedy, excerpt } = error.parts
  // The frames of a traceback name folders that differ from start to start. Its last line is the exception.
  const reason = JSON.stringify([error.message, received, remedy, excerpt?.trimEnd().split('\n').at(-1)])
  const first = firstPoints.get(reason)
  if (first !== undefined) return `${formatPoints(points)} left out for the same reason as point ${first}`
  firstPoints.set(reason, points[0] ?? 0)
  return maskAddresses(formatUserError(error)).replace(/^error/, `${formatPoints(points)} left out`)
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

/** Three lines: the progress bar, the point, the current load. */
function liveBlock(progress: RunProgress, chalk: ChalkInstance, columns: number): string[] {
  const { done, total, load } = progress
  const left = total === 0 ? '' : `${formatDuration(progress.timeLeftMs / 1000)} left`
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

/** @param now the time, ms */
export function lineDisplay(stream: Pick<NodeJS.WriteStream, 'write'>, now: () => number): ProgressDisplay {
  let lastStatus = ''
  let writtenMs = now()
  const write = (line: string) => {
    writtenMs = now()
    stream.write(`${line}\n`)
  }
  return {
    changed(progress, event) {
      const silenceMs = now() - writtenMs
      if (event === 'status' && progress.status !== lastStatus) {
        lastStatus = progress.status
        write(progress.status)
      } else if (event === 'simulation') {
        if (silenceMs >= silenceMaxMs.simulation) write(progress.status)
      } else if (event === 'end') write(endLine(progress))
      else if (progress.load !== undefined && silenceMs >= silenceMaxMs.load)
        write(`${progress.subject}: ${loadLine(progress.load)}`)
    },
    done: () => {},
  }
}

/** Says that settings are simulated, for commands without another display: a line every few seconds. */
export function simulationLines(
  stream: Pick<NodeJS.WriteStream, 'write'>,
  now: () => number = Date.now,
): (progress: SimulationProgress) => void {
  let writtenMs = now()
  return (progress) => {
    if (now() - writtenMs < silenceMaxMs.simulation) return
    writtenMs = now()
    stream.write(`${formatSimulation(progress)}\n`)
  }
}

function endLine({ done, total, subject, repetition, load, timeLeftMs }: RunProgress): string {
  const width = String(total).length
  const failed = load !== undefined && load.framesFailed > 0 ? `, ${load.framesFailed} frames failed` : ''
  return (
    `[${String(done).padStart(width)}/${total}] ${subject}, repetition ${repetition}` +
    `${failed} (${formatDuration(timeLeftMs / 1000)} left)`
  )
}
