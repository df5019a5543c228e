import * as z from 'zod'
import { identifier, protocol } from './parse-message.js'

/** The longest label, and most labels and addresses of an agent. */
const label = z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/, { error: 'not a label' })
const most = 64

/** The entry of a live agent. */
export const announcement = z.object({
  protocol,
  name: identifier,
  /** Random, made anew by each process. */
  id: identifier,
  /** The version of Framestorm. */
  version: z.string().max(64),
  /** The same for agents that share a loopback address: a hash. */
  host: z.string().max(64),
  labels: z
    .record(label, label)
    .refine((labels) => Object.keys(labels).length <= most, { error: 'too many labels' }),
  cores: z.int().min(1).max(65_536),
  /** The addresses to which it may send: `host:port`. */
  allow: z.array(z.string().max(300)).max(most),
  state: z.enum(['idle', 'loading']),
})
export type Announcement = z.infer<typeof announcement>
