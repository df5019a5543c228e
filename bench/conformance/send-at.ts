import { setTimeout as sleep } from 'node:timers/promises'
import { nowUs } from '../../src/system/now-us.js'
import { openClient, type Answer, type Call } from './call-server.js'
import type { Target } from './target.js'

/** The last part of the wait uses no timer: whole milliseconds are too coarse. */
const spinUs = 3000

async function waitUntil(dueUs: number): Promise<void> {
  const leftUs = dueUs - nowUs() - spinUs
  if (leftUs > 0) await sleep(leftUs / 1000)
  while (nowUs() < dueUs) await new Promise(setImmediate)
}

/**
 * Sends predictions at the given ms from a common start, each on a connection that is already open. Returns their
 * answers in that order; undefined for one that did not come within `forMs`.
 */
export async function sendAt(
  target: Target,
  model: string,
  offsetsMs: readonly number[],
  call: Partial<Call> = {},
  forMs?: number,
): Promise<(Answer | undefined)[]> {
  const clients = await Promise.all(offsetsMs.map(() => openClient(target.inferencePort)))
  const startUs = nowUs() + 10_000
  const headers = { 'Content-Type': 'image/jpeg' }
  const request = { method: 'POST', path: `/predictions/${model}`, headers, body: 'frame', ...call }
  const answers: Promise<Answer | undefined>[] = []
  for (const [place, offsetMs] of offsetsMs.entries()) {
    await waitUntil(startUs + offsetMs * 1000)
    answers.push(clients[place]!.call(request, forMs))
  }
  const all = await Promise.all(answers)
  for (const client of clients) client.end()
  return all
}
