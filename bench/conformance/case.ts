import type { Target } from './target.js'

/** One thing that both servers must do. `check` throws what is wrong; what it returns is shown beside the name. */
export interface Case {
  name: string
  check(target: Target): Promise<string | undefined>
}
