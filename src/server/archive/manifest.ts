/** What MAR-INF/MANIFEST.json says of a model, as TorchServe 0.12 reads it (frontend/archive, Manifest.java). */
export interface Manifest {
  createdOn: string
  runtime: string
  model: {
    modelName: string
    modelVersion: string
    handler: string
    modelFile?: string
    serializedFile?: string
  }
  archiverVersion: string
}

export const manifestPath = 'MAR-INF/MANIFEST.json'

/** The same for the same model: no time of day in it, so that equal archives have equal bytes. */
export function manifestOf(model: Manifest['model']): Manifest {
  return { createdOn: '01/01/1980 00:00:00', runtime: 'python', model, archiverVersion: '0.12.0' }
}
