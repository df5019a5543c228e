import type { OnProgress } from '../system/progress.js'
import type { ServerBatching } from './running-server.js'

export interface StartOptions {
  /** What the server is started with; `configure` changes it later. */
  batching: ServerBatching
  /** Aborting ends whatever was started so far; once started, `stop` does. */
  signal: AbortSignal
  onProgress?: OnProgress
  /** Where a server of ours writes its log, to be kept after it was stopped. */
  logFile?: string
}
