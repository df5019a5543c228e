import type { ServerBatching } from '../running-server.js'
import type { EmbeddedConfig } from './embedded-config.js'
import type { EmbeddedPorts } from './embedded-server.js'

/** What the embedded server's process is told. */
export type ToProcess =
  | { kind: 'start'; config: EmbeddedConfig }
  /** Registers the archive afresh with these settings; done when its workers are ready. */
  | { kind: 'configure'; id: number; archive: string; batching: ServerBatching }
  | { kind: 'kill-worker'; id: number; model: string; worker: number }
  | { kind: 'stop' }

/** What it says. */
export type FromProcess =
  | { kind: 'ready'; ports: EmbeddedPorts }
  | { kind: 'done'; id: number }
  /** Without an id: it could not start. */
  | { kind: 'failed'; id?: number; message: string }
