import type { LoadSettings } from '../scenario/plan/plan.js'

/**
 * The part of a load that one of several processes sends: a contiguous range of clients. A client is an edge device
 * (camera load) or a request loop (closed load), with the number that it has in the whole load.
 */
export interface LoadSlice {
  /** Number of this part, from 0, and the number of all parts. */
  agent: number
  agents: number
  firstClient: number
  clients: number
}

/** The number of clients of a load. The last edge device may have fewer cameras than the others. */
export function countClients(load: LoadSettings, framesPerRequest: number): number {
  return load.kind === 'closed'
    ? Math.floor(load.framesInFlight / framesPerRequest)
    : Math.ceil(load.cameras / load.camerasPerClient)
}

/** The slice of a process that sends the whole load. */
export function wholeLoad(load: LoadSettings, framesPerRequest: number): LoadSlice {
  return { agent: 0, agents: 1, firstClient: 0, clients: countClients(load, framesPerRequest) }
}

/** Clients are assigned to load threads round-robin. Returns −1 for a client outside of the slice. */
export function threadOfClient(client: number, { firstClient, clients }: LoadSlice, threads: number): number {
  const place = client - firstClient
  return place < 0 || place >= clients ? -1 : place % threads
}

/** The clients of one thread, in ascending order. */
export function clientsOfThread(slice: LoadSlice, thread: number, threads: number): number[] {
  const count = Math.max(0, Math.ceil((slice.clients - thread) / threads))
  return Array.from({ length: count }, (_, i) => slice.firstClient + thread + i * threads)
}

/** The numbers of the requests of one thread: `first`, `first + step`, and so on. They are unique in the whole load. */
export interface RequestNumbers {
  first: number
  step: number
}

/** @param threads the number of threads of the slice that send requests */
export function requestNumbers(
  { agent, agents }: LoadSlice,
  thread: number,
  threads: number,
): RequestNumbers {
  return { first: agent + agents * thread, step: agents * threads }
}
