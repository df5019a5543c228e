import { zipSync, type Zippable } from 'fflate'
import { z } from 'zod'

/** A file of the archive by its path inside. */
export type ArchiveFiles = ReadonlyMap<string, Uint8Array>

/**
 * The bytes of a model archive (.mar): a zip with the files at its root and the manifest. Equal input gives equal
 * bytes. Nothing is compressed, because weights do not shrink and TorchServe unpacks the archive at every registration.
 */
export function packArchive(model: Manifest['model'], files: ArchiveFiles): Uint8Array {
  const manifest = new TextEncoder().encode(JSON.stringify(createManifest(model), undefined, 2))
  // Zip knows local times, from 1980 on: the local constructor gives the same bytes in every time zone.
  const mtime = new Date(1980, 0, 1)
  const entries: Zippable = {}
  for (const path of [...files.keys()].toSorted()) {
    entries[path] = [files.get(path)!, { level: 0, mtime }]
  }
  entries[manifestPath] = [manifest, { level: 0, mtime }]
  return zipSync(entries)
}

/** MAR-INF/MANIFEST.json as TorchServe 0.12 reads it (Manifest.java in frontend/archive). */
export const manifestSchema = z.object({
  createdOn: z.string().optional(),
  runtime: z.string().optional(),
  model: z.object({
    modelName: z.string(),
    modelVersion: z.string().optional(),
    handler: z.string(),
    modelFile: z.string().optional(),
    serializedFile: z.string().optional(),
  }),
  archiverVersion: z.string().optional(),
})

type Manifest = z.infer<typeof manifestSchema>

export const manifestPath = 'MAR-INF/MANIFEST.json'

/** Without the time of its creation, so that equal archives have equal bytes. */
function createManifest(model: Manifest['model']): Manifest {
  return { createdOn: '01/01/1980 00:00:00', runtime: 'python', model, archiverVersion: '0.12.0' }
}

/** A model archive on disk. */
export interface Archive {
  /** Path of the .mar, the tar, or the folder. */
  file: string
  form: 'zip' | 'tgz' | 'folder'
  /** Size of its files once TorchServe has unpacked them; 0 for a folder, which is linked. */
  unpackedBytes: number
  modelName: string
  modelVersion: string
  /** SHA-256 of the file. */
  hash: string
}
