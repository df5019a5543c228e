export interface SleepingService {
  tauMs: number
  alphaMs: number
  /** Every n-th batch raises; 0: none does. */
  failEvery?: number
  /** Of the model; 1.0 by default. */
  version?: string
}

export type SleepingModel = 'brief' | 'long' | 'endless' | 'growing' | 'failing' | 'secondVersion'

/** The models of the suite: a batch of b frames takes tauMs + alphaMs·b. */
export const sleepingModels: Record<SleepingModel, SleepingService> = {
  brief: { tauMs: 30, alphaMs: 0 },
  long: { tauMs: 300, alphaMs: 0 },
  endless: { tauMs: 20_000, alphaMs: 0 },
  growing: { tauMs: 20, alphaMs: 10 },
  failing: { tauMs: 10, alphaMs: 0, failEvery: 2 },
  secondVersion: { tauMs: 30, alphaMs: 0, version: '2.0' },
}

/** The archive of a model in a server's store. */
export function archiveFile(model: string): string {
  return `sleeping-${model}.mar`
}
