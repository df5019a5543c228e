import { connect } from 'node:net'

import { messageOf } from '../../system/user-error.js'
import { freePorts } from '../../server/free-ports.js'
import type { Check } from './check.js'

/** Where a TorchServe listens unless it is told otherwise. */
const defaultPorts = [8080, 8081, 8082, 7070, 7071]

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const settle = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

/** A managed server takes free ports whatever else listens; somebody's TorchServe at its own is worth knowing. */
export async function checkPorts(): Promise<Check> {
  const name = 'ports'
  try {
    await freePorts(6)
  } catch (error) {
    return {
      name,
      status: 'missing',
      place: '127.0.0.1',
      detail: `no free ports can be had: ${messageOf(error)}`,
      remedy: 'Allow programs of yours to listen on the loopback address.',
    }
  }
  const taken = await Promise.all(defaultPorts.map(async (port) => ((await isTaken(port)) ? [port] : [])))
  const busy = taken.flat()
  return {
    name,
    status: 'ok',
    place: '127.0.0.1',
    detail:
      busy.length === 0
        ? 'free ones can be had'
        : `free ones can be had; ${busy.join(', ')} taken by somebody (TorchServe's default ports)`,
  }
}
