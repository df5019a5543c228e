/** The models of the suite: a batch of b frames takes tauMs + alphaMs·b. */
export const sleepingModels = {
  brief: { tauMs: 30, alphaMs: 0 },
  medium: { tauMs: 100, alphaMs: 0 },
  long: { tauMs: 300, alphaMs: 0 },
  endless: { tauMs: 20_000, alphaMs: 0 },
  growing: { tauMs: 20, alphaMs: 10 },
  /** Every second batch raises. */
  failing: { tauMs: 10, alphaMs: 0, failEvery: 2 },
  secondVersion: { tauMs: 30, alphaMs: 0, version: '2.0' },
} as const satisfies Record<string, { tauMs: number; alphaMs: number; failEvery?: number; version?: string }>

export type SleepingModel = keyof typeof sleepingModels

export const sleepingModelNames = Object.keys(sleepingModels) as SleepingModel[]

/** The archive of a model in a server's store. */
export function archiveFile(model: SleepingModel): string {
  return `sleeping-${model}.mar`
}
