import { z } from 'zod'

/** What MAR-INF/MANIFEST.json says of a model, as TorchServe 0.12 reads it (frontend/archive, Manifest.java). */
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

export type Manifest = z.infer<typeof manifestSchema>

export const manifestPath = 'MAR-INF/MANIFEST.json'

/** The same for the same model: no time of day in it, so that equal archives have equal bytes. */
export function manifestOf(model: Manifest['model']): Manifest {
  return { createdOn: '01/01/1980 00:00:00', runtime: 'python', model, archiverVersion: '0.12.0' }
}
