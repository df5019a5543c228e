import { execa } from 'execa'

export interface FfmpegVersion {
  /** As ffmpeg prints it: `9.0.2`, `4.4.2-0ubuntu0.22.04.1`, `N-118193-g5f2b9e1`. */
  text: string
  major: number
  minor: number
}

/** Runs the program; undefined if it does not run or is not ffmpeg. */
export async function ffmpegVersion(program: string): Promise<FfmpegVersion | undefined> {
  const { stdout, failed } = await execa(program, ['-hide_banner', '-version'], {
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
  })
  return failed ? undefined : parseFfmpegVersion(stdout)
}

/** Builds from a git snapshot have no release number and count as newer than every release. */
export function parseFfmpegVersion(output: string): FfmpegVersion | undefined {
  const text = /^ffmpeg version (\S+)/.exec(output)?.[1]
  if (text === undefined) return undefined
  const release = /^n?(\d{1,2})\.(\d+)/.exec(text)
  if (release === null) return { text, major: Infinity, minor: 0 }
  return { text, major: Number(release[1]), minor: Number(release[2]) }
}

export function isAtLeast(version: FfmpegVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}
