import { UserError } from '../system/user-error.js'
import type { RunMeasurer } from './run-measurer.js'

/**
 * Does the work and ends every process that was started, however it went. Undefined where the signal asked to stop:
 * an abort shows as an error wherever it struck, and is no failure.
 *
 * @throws what the work threw; that the server's settings could not be put back either is added to it
 */
export async function measureToTheEnd<T>(
  measurer: Pick<RunMeasurer, 'end'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    if (!signal.aborted) {
      await measurer.end('failed').catch((second: unknown) => {
        throw bothFailures(error, second)
      })
      throw error
    }
    await measurer.end('interrupted')
    return undefined
  }
  await measurer.end(signal.aborted ? 'interrupted' : 'complete')
  return result
}

/** The first explains the second: a server that died can't be put back. What to do about each stays. */
function bothFailures(first: unknown, second: unknown): unknown {
  if (!(first instanceof UserError) || !(second instanceof UserError)) return first
  const { remedy, ...parts } = first.parts
  const afterwards = `Afterwards, ${second.message}. ${second.parts.remedy ?? ''}`.trim()
  return new UserError(first.message, {
    ...parts,
    remedy: remedy === undefined ? afterwards : `${remedy}\n${afterwards}`,
    exitCode: first.exitCode,
    cause: first,
  })
}
