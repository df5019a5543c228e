import { systemErrorCode } from './system-error.js'

/** Whether a process with this id is there, somebody else's included. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}
