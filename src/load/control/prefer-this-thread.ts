import { setPriority } from 'node:os'

/** Nice value: well above ordinary programs, and below what the system keeps for itself. */
const preferred = -10

/**
 * Asks the system to run this thread before the server that shares its cores: a generator that comes late measures
 * its own waiting. It uses a few per cent of a core, so the server loses nothing that it could notice. Linux sets
 * priorities thread by thread (setpriority(2), "C library/kernel differences"); the server's processes, children of
 * another thread, keep theirs. Where it is not allowed, everything stays as it is and the send lag tells.
 */
export function preferThisThread(systemThreadId: number | undefined): void {
  if (systemThreadId === undefined) return
  try {
    setPriority(systemThreadId, preferred)
  } catch {
    // Needs CAP_SYS_NICE or a raised RLIMIT_NICE, which a benchmark does not ask its user for.
  }
}
