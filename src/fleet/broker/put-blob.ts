import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '@nats-io/obj'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { BlobName } from '../message/parse-message.js'

/** Of one chunk. */
const timeoutMs = 30_000
const retryMs = 500
/** A broker that restarts is back within seconds. */
const patienceMs = 60_000

/**
 * Puts bytes into the object store under their SHA-256, unless it has them: the frames of a clip travel once, however
 * many loads send them. Tries again while the broker restarts.
 *
 * @throws UserError (exit code 3) if the store does not take them; the signal's reason on abort
 */
export async function putBlob(
  store: Pick<ObjectStore, 'info' | 'putBlob'>,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<BlobName> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  for (let failedMs: number | undefined; ; await sleep(retryMs, undefined, { signal })) {
    try {
      const known = await store.info(sha256)
      if (known === null || known.deleted || known.size !== bytes.byteLength)
        await store.putBlob({ name: sha256 }, bytes, { timeout: timeoutMs })
      return { sha256, bytes: bytes.byteLength }
    } catch (error) {
      signal?.throwIfAborted()
      failedMs ??= Date.now()
      if (Date.now() - failedMs > patienceMs) throw notTaken(bytes, error)
    }
  }
}

function notTaken({ byteLength }: Uint8Array, cause: unknown): UserError {
  return new UserError('the broker does not take the payload of the load', {
    expected: `room for ${byteLength} bytes in its JetStream store`,
    received: messageOf(cause),
    remedy: 'Check the log of the broker and the space on its disk, and run the command again.',
    exitCode: ExitCode.environment,
    resumable: true,
    cause,
  })
}
