import type { Target } from './target.js'

/** One behaviour of both servers. `check` throws what is wrong; the text it returns is shown beside the name. */
export interface Case {
  name: string
  check(target: Target): Promise<string | undefined>
}
