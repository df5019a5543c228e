/** One finding of the doctor, as data: what was looked for, what is there, what to do about it. */
export interface Check {
  name: string
  /** `missing`: TorchServe cannot be measured without it; `warning`: it can, and something should be known. */
  status: 'ok' | 'warning' | 'missing'
  version?: string
  /** Path, folder or address. */
  place?: string
  detail?: string
  /** What to do, as a sentence; absent where nothing has to be done. */
  remedy?: string
}
