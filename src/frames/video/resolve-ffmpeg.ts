import which from 'which'
import { ExitCode, UserError } from '../../system/user-error.js'
import { ffmpegCrash } from './explain-ffmpeg-end.js'
import { type FfmpegVersion, ffmpegVersion } from './ffmpeg-version.js'
import { imageioFfmpegBinary, installImageioFfmpeg } from './install-imageio-ffmpeg.js'

export interface Ffmpeg {
  path: string
  version: FfmpegVersion
  origin: 'FFMPEG_BIN' | 'ffmpeg-static' | 'PATH' | 'imageio-ffmpeg'
}

/**
 * Finds an installed ffmpeg, in this order: FFMPEG_BIN, the ffmpeg-static package, PATH, imageio-ffmpeg in the cache. A
 * binary that does not run is skipped.
 * @param except paths of programs that are not wanted, because they crashed
 * @throws UserError (environment) if FFMPEG_BIN is set and does not run; a path that the user set is never replaced
 */
export async function resolveFfmpeg(except: readonly string[] = []): Promise<Ffmpeg | undefined> {
  const named = process.env['FFMPEG_BIN']
  if (named !== undefined && named !== '') return namedFfmpeg(named)
  const places = [
    ['ffmpeg-static', ffmpegStaticBinary],
    ['PATH', () => which('ffmpeg', { nothrow: true })],
    ['imageio-ffmpeg', imageioFfmpegBinary],
  ] as const
  for (const [origin, find] of places) {
    const path = await find()
    const version = path ? await ffmpegVersion(path) : undefined
    if (path && version !== undefined && !except.includes(path)) return { path, version, origin }
  }
  return undefined
}

async function namedFfmpeg(path: string): Promise<Ffmpeg> {
  const version = await ffmpegVersion(path)
  if (version !== undefined) return { path, version, origin: 'FFMPEG_BIN' }
  throw new UserError('the ffmpeg named by FFMPEG_BIN does not run', {
    where: 'environment variable FFMPEG_BIN',
    expected: 'the path of an ffmpeg program',
    received: path,
    remedy: 'Correct the path, or unset FFMPEG_BIN so that Framestorm finds or installs an ffmpeg.',
    exitCode: ExitCode.environment,
  })
}

// Typed as `string` so that the compiler does not look for a package that may be absent.
const optionalPackage: string = 'ffmpeg-static'

/**
 * An optional dependency that downloads its binary during its own installation: the package or the binary may be
 * absent.
 */
async function ffmpegStaticBinary(): Promise<string | undefined> {
  try {
    const imported: { default?: unknown } = await import(optionalPackage)
    return typeof imported.default === 'string' ? imported.default : undefined
  } catch {
    return undefined
  }
}

/**
 * Uses an ffmpeg. If it crashes before its first frame, the next one is used: a statically linked ffmpeg crashes on host
 * names with some versions of glibc (ffmpeg-static#142). FFMPEG_BIN is never replaced.
 * @throws what `use` throws; the error of the first one if all crash
 */
export async function withFfmpeg<T>(
  options: { onProgress: (text: string) => void; signal?: AbortSignal | undefined },
  use: (path: string) => Promise<T>,
): Promise<T> {
  const crashed: string[] = []
  let failure: unknown
  for (let path: string | undefined = await ensureFfmpeg(options); path !== undefined;) {
    try {
      return await use(path)
    } catch (error) {
      if (!(error instanceof UserError) || error.parts.cause !== ffmpegCrash) throw error
      failure ??= error
      crashed.push(path)
      const next = process.env['FFMPEG_BIN'] ? undefined : await resolveFfmpeg(crashed)
      if (next !== undefined)
        options.onProgress(`${error.message}: ${path}; trying ${next.path} (${next.origin})`)
      path = next?.path
    }
  }
  throw failure
}

/**
 * The path of an ffmpeg that runs. If there is none, installs one into the cache, which takes seconds.
 * @throws UserError (environment) with the ways to get an ffmpeg, if the installation fails
 */
export async function ensureFfmpeg(
  options: {
    onProgress?: ((text: string) => void) | undefined
    signal?: AbortSignal | undefined
  } = {},
): Promise<string> {
  const found = await resolveFfmpeg()
  if (found !== undefined) return found.path
  return installImageioFfmpeg({ onProgress: options.onProgress ?? (() => undefined), signal: options.signal })
}
