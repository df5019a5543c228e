import { zipSync, type Zippable } from 'fflate'

import { manifestOf, manifestPath, type Manifest } from './manifest.js'

/** A file of the archive by its path inside. */
export type ArchiveFiles = ReadonlyMap<string, Uint8Array>

/**
 * The bytes of a model archive (.mar): a zip with the files at its root and the manifest. Equal input gives equal
 * bytes. Nothing is compressed: weights do not shrink, and TorchServe unpacks at every registration.
 */
export function packArchive(model: Manifest['model'], files: ArchiveFiles): Uint8Array {
  const manifest = new TextEncoder().encode(JSON.stringify(manifestOf(model), undefined, 2))
  // Zip knows local times, from 1980 on: the local constructor gives the same bytes in every time zone.
  const mtime = new Date(1980, 0, 1)
  const entries: Zippable = {}
  for (const path of [...files.keys()].toSorted()) {
    entries[path] = [files.get(path)!, { level: 0, mtime }]
  }
  entries[manifestPath] = [manifest, { level: 0, mtime }]
  return zipSync(entries)
}
