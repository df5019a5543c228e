import { hasNvidiaGpu } from '../../server/torchserve/environment/has-nvidia-gpu.js'
import type { Check } from './check.js'

export async function checkGpu(signal?: AbortSignal): Promise<Check> {
  const found = await hasNvidiaGpu(signal)
  return {
    name: 'GPU',
    status: 'ok',
    detail: found ? 'NVIDIA; the model runs on it' : 'no NVIDIA one; the model runs on the CPU',
  }
}
