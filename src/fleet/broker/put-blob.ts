import { createHash } from 'node:crypto'
import type { ObjectStore } from '@nats-io/obj'
import type { BlobName } from '../message/parse-message.js'

/**
 * Puts bytes into the object store under their SHA-256, unless it has them: the frames of a clip travel once, however
 * many loads send them.
 */
export async function putBlob(store: ObjectStore, bytes: Uint8Array): Promise<BlobName> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const known = await store.info(sha256)
  if (known === null || known.deleted || known.size !== bytes.byteLength)
    await store.putBlob({ name: sha256 }, bytes, { timeout: 30_000 })
  return { sha256, bytes: bytes.byteLength }
}
