import type { Check } from './check.js'
import { checkCache } from './check-cache.js'
import { checkFfmpeg } from './check-ffmpeg.js'
import { checkGpu } from './check-gpu.js'
import { checkJava } from './check-java.js'
import { checkMachine } from './check-machine.js'
import { checkPorts } from './check-ports.js'
import { checkPython } from './check-python.js'
import { checkTorchServe } from './check-torchserve.js'

/** What this machine has and lacks for measuring. Looks only: nothing is installed, started or written. */
export async function runChecks(signal?: AbortSignal): Promise<Check[]> {
  const asked = await Promise.all([
    checkGpu(signal),
    checkFfmpeg(),
    checkPython(signal),
    checkJava(signal),
    checkTorchServe(signal),
    checkPorts(),
    checkCache(),
  ])
  return [...checkMachine(), ...asked]
}

/** Whether a run on a managed TorchServe could go ahead now, first-use installations not counted as obstacles. */
export function isFit(checks: readonly Check[]): boolean {
  return checks.every(({ name, status }) => status !== 'missing' || name === 'TorchServe')
}
