import type * as z from 'zod'
import { announcement } from '../../src/fleet/message/announcement.js'
import { comparisonMessage } from '../../src/fleet/message/comparison-message.js'
import { agentEvent, progressMessage } from '../../src/fleet/message/events.js'
import { thisProtocol } from '../../src/fleet/message/parse-message.js'
import { payloadMessage } from '../../src/fleet/message/payload-message.js'

const subject = { ...thisProtocol, run: 'r', measurement: 'm', agent: 'a', agentId: 'i' }
const delivery = { bytes: 1, sha256: 'a'.repeat(64), chunks: 1, requests: 1, frames: 0, attempt: 0 }
const times = { startedAt: 'now', startedClockUs: 1, windowStartUs: 0, windowEndUs: 1 }
const result = { ...times, complete: true, loadThreads: 1, connectionsRetried: 0, failures: [] }
const progress = {
  elapsedMs: 1,
  phase: 'measured',
  framesOk: 1,
  framesFailed: 0,
  requestsInFlight: 1,
  fpsNow: 1,
}
const entry = { ...thisProtocol, name: 'a', id: 'i', version: '1', host: 'h', labels: { zone: 'eu' } }
const frames = { sha256: 'a'.repeat(64), bytes: 4 }
const head = { ...thisProtocol, frames, encoding: 'raw', contentType: 'image/jpeg', offsets: [0, 2, 4] }

/** What a coordinator hears of an agent. */
export const validEvents = [
  { ...subject, kind: 'ended', result, observations: {}, delivery },
  { ...subject, kind: 'failed', message: 'x', parts: { exitCode: 3 }, delivery },
]
export const validProgress = { ...subject, progress }
export const validAnnouncement = { ...entry, cores: 2, allow: ['loopback'], state: 'idle' }

/** What a coordinator or an agent reads, with the schema that reads it. */
export const validMessages: readonly (readonly [z.ZodType, unknown])[] = [
  ...validEvents.map((event) => [agentEvent, event] as const),
  [progressMessage, validProgress],
  [announcement, validAnnouncement],
  [payloadMessage, { ...head, leads: ['AA=='], trails: ['AA=='], end: '', variables: [] }],
  [
    comparisonMessage,
    {
      ...thisProtocol,
      rules: { compared: 'numbers', ignored: ['/a'], unordered: [] },
      json: true,
      singleKeys: [],
      references: [[0, { a: 1, b: [{ c: 2 }] }]],
    },
  ],
]
