import type { Progress } from '../../progress.js'

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

/**
 * Turns pip's output into progress, line by line. The share is told where pip reports bytes (24.1 and later);
 * otherwise only what it works on.
 */
export function pipProgress(onProgress: (progress: Progress) => void): (line: string) => void {
  let current = 'packages'
  return (line) => {
    const bytes = /^Progress (\d+) of (\d+)/.exec(line)
    if (bytes !== null) {
      const [done, total] = [Number(bytes[1]), Number(bytes[2])]
      const known = total > 0
      onProgress({
        text: `downloading ${current} (${megabytes(done)}${known ? ` of ${megabytes(total)}` : ''})`,
        fraction: known ? done / total : undefined,
      })
      return
    }
    const download = /^\s*Downloading (\S+)(?: \((.*)\))?/.exec(line)
    if (download !== null) {
      current = decodeURIComponent(download[1]!.split('/').at(-1)!).split('-').slice(0, 2).join(' ')
      onProgress({ text: `downloading ${current}${download[2] === undefined ? '' : ` (${download[2]})`}` })
      return
    }
    const collect = /^(?:Collecting|Processing) (\S+)/.exec(line)
    if (collect !== null) onProgress({ text: `looking up ${collect[1]!.split('/').at(-1)!}` })
    if (line.startsWith('Installing collected packages')) onProgress({ text: 'unpacking packages' })
  }
}
