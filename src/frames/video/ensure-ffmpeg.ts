import { installImageioFfmpeg } from './install-imageio-ffmpeg.js'
import { resolveFfmpeg } from './resolve-ffmpeg.js'

/**
 * The path of an ffmpeg that runs; installs one into the cache where there is none (30 MB download, seconds).
 * Throws a UserError (environment) that says how to get one where that fails.
 */
export async function ensureFfmpeg(
  options: { onProgress?: (text: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const found = await resolveFfmpeg()
  if (found !== undefined) return found.path
  return installImageioFfmpeg({ onProgress: options.onProgress ?? (() => undefined), signal: options.signal })
}
