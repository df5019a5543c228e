/** Results: what a user may pipe on. */
export function printResult(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Everything that is said along the way. */
export function printNotice(text: string): void {
  process.stderr.write(`${text}\n`)
}
