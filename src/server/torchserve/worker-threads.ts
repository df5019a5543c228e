import { availableParallelism } from 'node:os'

import writeFileAtomic from 'write-file-atomic'

/** Workers share the cores; more threads than cores would make each of them slower. Pure. */
export function torchThreads(cores: number, workers: number): number {
  return Math.max(1, Math.floor(cores / workers))
}

/** Tells the workers that start next how many threads to take; TorchServe passes a handler nothing of this kind. */
export async function writeWorkerSettings(file: string, workers: number): Promise<void> {
  await writeFileAtomic(file, JSON.stringify({ torchThreads: torchThreads(availableParallelism(), workers) }))
}
