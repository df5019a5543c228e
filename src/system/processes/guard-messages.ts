import { z } from 'zod'

/** The command that the guard runs, in the guard's own working directory and environment. */
export const guardOrder = z.object({
  command: z.string(),
  args: z.array(z.string()),
  /** Time between SIGTERM and SIGKILL. */
  graceMs: z.number(),
  /** A folder that is removed when the process has ended, however it ends. */
  removeAfter: z.string().optional(),
})
export type GuardOrder = z.infer<typeof guardOrder>

export const guardReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), pid: z.int() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('exited'), code: z.int().nullable(), signal: z.string().nullable() }),
])
export type GuardReport = z.infer<typeof guardReport>
