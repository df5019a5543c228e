import { execa } from 'execa'
import { z } from 'zod'

const answerSchema = z.object({
  /** The interpreter's own file, free of shims. */
  executable: z.string(),
  /** `3.11.7` */
  version: z.string(),
  /** Whether it can make virtual environments with pip in them. */
  hasVenv: z.boolean(),
})

/** What a Python interpreter says about itself. */
export type PythonProbe = z.infer<typeof answerSchema>

// ensurepip is what Debian's python3 lacks without python3-venv: `import venv` alone succeeds there.
const question = `
import importlib.util, json, sys
print(json.dumps({
  "executable": sys.executable,
  "version": "%d.%d.%d" % sys.version_info[:3],
  "hasVenv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")),
}))
`

/** Asks a command what Python it is; undefined where it is none (or a shim that leads nowhere). */
export async function probePython(command: string, signal?: AbortSignal): Promise<PythonProbe | undefined> {
  const result = await execa(command, ['-c', question], {
    reject: false,
    timeout: 20_000,
    stdin: 'ignore',
    cancelSignal: signal,
  })
  signal?.throwIfAborted()
  if (result.failed) return undefined
  try {
    return answerSchema.parse(JSON.parse(result.stdout))
  } catch {
    return undefined
  }
}
