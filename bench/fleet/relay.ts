import { connect, createServer, type Socket } from 'node:net'
import { seededRandom } from '../../src/system/seeded-random.js'

/** How bytes travel between a site and the broker. */
export interface Link {
  /** Delay from the site to the broker, and from the broker to the site. */
  thereMs: number
  backMs: number
  /** Up to this much more for each piece, either way. The order is kept. */
  jitterMs: number
  /** Now and then nothing passes either way for up to `forMs`. */
  stalls?: { everyMs: number; forMs: number } | undefined
  /** Now and then all connections are cut. */
  cutsEveryMs?: number | undefined
}

/** A link that adds nothing. */
export const directLink: Link = { thereMs: 0, backMs: 0, jitterMs: 0 }

export interface Relay {
  port: number
  /** Closes all connections at once, as a router that restarts does. */
  cut: () => void
  close: () => void
}

/**
 * A link with a known quality, which listens on a free port of `host` and passes bytes on to `to`. The kernel's netem would do the same, but many
 * kernels are built without it.
 */
export async function startRelay(
  to: { host: string; port: number },
  { thereMs, backMs, jitterMs, stalls, cutsEveryMs }: Link,
  { seed, host = '127.0.0.1' }: { seed: number; host?: string | undefined },
): Promise<Relay> {
  const random = seededRandom(seed)
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let stalledUntilMs = 0

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }

  /** Calls back again and again, half to one and a half periods apart. */
  function repeat(everyMs: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        act()
        repeat(everyMs, act)
      },
      everyMs * (0.5 + random()),
    )
    timers.add(timer)
  }

  const server = createServer({ noDelay: true }, (site) => {
    const broker = connect({ ...to, noDelay: true })
    for (const socket of [site, broker]) {
      sockets.add(socket)
      // A reset by one side ends both, as below.
      socket.on('error', () => undefined)
    }
    const dueMs = (delayMs: number) =>
      Math.max(stalledUntilMs, performance.now() + delayMs + random() * jitterMs)
    pass(site, broker, () => dueMs(thereMs))
    pass(broker, site, () => dueMs(backMs))
    for (const [one, other] of [
      [site, broker],
      [broker, site],
    ] as const) {
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  if (stalls !== undefined)
    repeat(stalls.everyMs, () => (stalledUntilMs = performance.now() + random() * stalls.forMs))
  if (cutsEveryMs !== undefined) repeat(cutsEveryMs, cut)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    close() {
      for (const timer of timers) clearTimeout(timer)
      server.close()
      cut()
    },
  }
}

/** Passes each piece on at its due time, in order. */
function pass(from: Socket, to: Socket, dueMs: () => number): void {
  const waiting: { atMs: number; piece: Buffer }[] = []

  function passDue(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      const leftMs = first.atMs - performance.now()
      if (leftMs > 0) {
        setTimeout(passDue, leftMs)
        return
      }
      waiting.shift()
      if (!to.destroyed) to.write(first.piece)
    }
  }

  from.on('data', (piece) => {
    waiting.push({ atMs: Math.max(dueMs(), waiting.at(-1)?.atMs ?? 0), piece })
    if (waiting.length === 1) passDue()
  })
}
