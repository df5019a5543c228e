import { afterEach } from 'vitest'

/** Restores the environment variables after each test of the file. Other files of tests share the process. */
export function restoreEnvironmentAfterEach(): void {
  const kept = { ...process.env }
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name]
    Object.assign(process.env, kept)
  })
}
