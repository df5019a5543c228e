import { findPython } from '../../server/torchserve/environment/find-python.js'
import type { Check } from './check.js'
import { failedCheck } from './failed-check.js'

export async function checkPython(signal?: AbortSignal): Promise<Check> {
  const name = 'Python'
  try {
    const { version, executable } = await findPython(signal)
    return { name, status: 'ok', version, place: executable, detail: 'with venv' }
  } catch (error) {
    return failedCheck(name, error)
  }
}
