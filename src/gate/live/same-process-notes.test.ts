import { expect, test } from 'vitest'
import type { ServerSettings } from '../../scenario/schema/settings.js'
import { sameProcessNotes } from './same-process-notes.js'

const ours: ServerSettings = { kind: 'torchserve', workers: 1 }
const theirs: ServerSettings = { kind: 'url', inferenceUrl: 'http://127.0.0.1:8080', manage: false }

test('servers that are started anew for each pair need no note', () => {
  expect(sameProcessNotes({ baseline: ours, candidate: ours })).toEqual([])
})

test('a server by address is named, because its process stays the same in all pairs', () => {
  expect(sameProcessNotes({ baseline: ours, candidate: theirs })[0]).toMatch(/^candidate could not/)
  expect(sameProcessNotes({ baseline: theirs, candidate: theirs })[0]).toMatch(/^baseline and candidate/)
})
