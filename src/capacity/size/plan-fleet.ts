/** Servers for a number of cameras, with spares for as many servers as may fail at once. */
export interface Fleet {
  /** N+0, N+1, N+2. */
  spares: number
  servers: number
  /** Cameras on the busiest server while all servers run. */
  busiest: number
  /** Cameras on the busiest server after a server is lost and its cameras moved to the others; undefined if none is left. */
  busiestAfterLoss?: number | undefined
  /** Whether `busiestAfterLoss` is within the planning capacity. */
  survivesLoss: boolean
}

export interface FleetQuestion {
  cameras: number
  /** Planning capacity of one server: every number of cameras up to it passes. */
  capacity: number
  /** Largest share of its capacity that a server is planned to use, from 0 to 1. */
  maxUtilization: number
  spares: number
  /** Cameras move in steps of this many: those of one edge device if it batches across them, else 1. */
  step: number
}

/**
 * servers = ⌈cameras ÷ (capacity · maxUtilization)⌉ + spares, but never more than one server per camera (or edge device)
 * plus spares. After the loss of one, the capacity itself is the limit. Cameras are whole, so the busiest server can use
 * more than `maxUtilization`; the mean of all servers never does unless each has one camera (or device).
 */
export function planFleet({ cameras, capacity, maxUtilization, spares, step }: FleetQuestion): Fleet {
  // A product such as 5 · 0.8 is not exact; without this tolerance it would cost a whole server.
  const byCapacity = Math.ceil(cameras / (capacity * maxUtilization) - 1e-9)
  const devices = Math.ceil(cameras / step)
  const servers = Math.min(byCapacity, devices) + spares
  const busiest = Math.min(cameras, Math.ceil(devices / servers) * step)
  if (servers < 2) return { spares, servers, busiest, survivesLoss: false }
  const busiestAfterLoss = Math.min(cameras, Math.ceil(devices / (servers - 1)) * step)
  return { spares, servers, busiest, busiestAfterLoss, survivesLoss: busiestAfterLoss <= capacity }
}
