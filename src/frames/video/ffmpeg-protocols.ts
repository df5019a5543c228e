import { execa } from 'execa'
import { maskAddress } from '../../system/mask-address.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { VideoSource } from './video-source.js'

/** RTSP is no protocol of its own in ffmpeg: it needs one of these. */
const needed: Record<string, string> = { rtsp: 'tcp', rtsps: 'tls' }

/**
 * Checks that this build of ffmpeg can open the address.
 * @throws UserError (environment) with the protocols that it has
 */
export async function requireProtocol(ffmpeg: string, source: VideoSource, written: string): Promise<void> {
  if (!('scheme' in source)) return
  const found = await inputProtocols(ffmpeg)
  if (found === undefined || found.includes(needed[source.scheme] ?? source.scheme)) return
  throw new UserError(`this ffmpeg cannot read ${source.scheme}://`, {
    where: `video source ${maskAddress(written)}`,
    expected: `an address with one of its protocols: ${found.join(', ')}`,
    received: `${source.scheme}:// and ${ffmpeg}`,
    remedy: 'Use another protocol, or name an ffmpeg that has it with FFMPEG_BIN.',
    exitCode: ExitCode.environment,
  })
}

/** The protocols of a build (`ffmpeg -protocols`); undefined if it does not tell. */
async function inputProtocols(ffmpeg: string): Promise<string[] | undefined> {
  const { stdout } = await execa(ffmpeg, ['-hide_banner', '-protocols'], {
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
  })
  const list = /Input:(.*?)(?:Output:|$)/s.exec(stdout ?? '')?.[1]?.trim()
  return list === undefined || list === '' ? undefined : list.split(/\s+/)
}
