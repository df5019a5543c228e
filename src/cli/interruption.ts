import { constants } from 'node:os'

/** Interruption by a signal. The first one stops in an orderly way, the second one at once. */
export interface Interruption {
  /** Aborts at the first signal: finish what is open, keep what was measured, write the outputs. */
  readonly signal: AbortSignal
  /** 128 + signal number once a signal came, as shells report it. */
  exitCode: () => number | undefined
  dispose: () => void
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Listens for Ctrl-C, SIGTERM and a closed terminal. A second signal ends the process at once; the servers that
 * it started then end too, because their guards see its pipe close.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const onSignal = (name: NodeJS.Signals) => {
    if (code !== undefined) process.exit(code)
    code = 128 + constants.signals[name]
    controller.abort()
  }
  for (const name of stopSignals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => {
      for (const name of stopSignals) process.off(name, onSignal)
    },
  }
}
