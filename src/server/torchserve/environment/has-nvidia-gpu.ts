import { execa } from 'execa'

/** Whether NVIDIA's driver shows a GPU; TorchServe itself looks for one by the same command. */
export async function hasNvidiaGpu(signal?: AbortSignal): Promise<boolean> {
  const result = await execa('nvidia-smi', ['-L'], { reject: false, timeout: 20_000, cancelSignal: signal })
  return !result.failed && result.stdout.includes('GPU 0')
}
