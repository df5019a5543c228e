/**
 * `framestorm … | head` closes our output early, and a closed terminal takes it away (EIO). A measurement goes
 * on regardless, since its results are files: what can no longer be printed is dropped.
 */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    })
  }
}
