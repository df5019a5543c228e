import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A program that writes its process id to a file and then becomes ffmpeg. */
export async function tracedFfmpeg(folder: string, ffmpeg: string) {
  const [program, idFile] = [join(folder, 'traced-ffmpeg'), join(folder, 'ffmpeg-id')]
  const script = `case "$*" in *-version*) ;; *) echo $$ > '${idFile}';; esac\nexec '${ffmpeg}' "$@"`
  await writeFile(program, `#!/bin/sh\n${script}\n`)
  await chmod(program, 0o755)

  /** Waits until it was started. */
  async function processId(): Promise<number> {
    for (;;) {
      const text = await readFile(idFile, 'utf8').catch(() => '')
      if (text.endsWith('\n')) return Number(text)
      await new Promise(setImmediate)
    }
  }
  return { program, processId }
}
