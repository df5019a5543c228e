import { z } from 'zod'

/** What the guard runs; in the guard's own working directory and environment. */
export const guardOrder = z.object({
  command: z.string(),
  args: z.array(z.string()),
  /** Between SIGTERM and SIGKILL. */
  graceMs: z.number(),
  /** A folder that goes with the process, whichever way it ends. */
  removeAfter: z.string().optional(),
})
export type GuardOrder = z.infer<typeof guardOrder>

export const guardReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), pid: z.int() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('exited'), code: z.int().nullable(), signal: z.string().nullable() }),
])
export type GuardReport = z.infer<typeof guardReport>
