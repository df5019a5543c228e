import { expect, test } from 'vitest'
import {
  decideRecommendation,
  type Confirmation,
  type Recommendation,
} from '../../capacity/recommend/recommendation.js'
import { confirmation, rated, slo } from '../../capacity/recommend/recommendation.test.support.js'
import { cameraLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import { formatRecommendation } from './recommendation.js'
import { linesToType, settingFacts } from './settings-to-type.js'

function recommend(
  settings: Parameters<typeof decideRecommendation>[0],
  confirmations: Confirmation[] = [],
  about: Partial<Parameters<typeof decideRecommendation>[1]> = {},
): Recommendation {
  return decideRecommendation(settings, {
    load: cameraLoad(1),
    slo,
    leftOut: [],
    otherQuestions: 0,
    confirmationsOf: () => confirmations,
    ...about,
  })!
}

test('the headline says what to use and what it carries, a prediction says that it is one', () => {
  const four = rated('server', 4, 9)
  const predicted = formatRecommendation(recommend([four]))
  expect(predicted.headline).toBe(
    'use server batching 4 (delay 50 ms), 1 worker: it is predicted to carry 9 cameras at 5 fps within 1000 ms (p99)',
  )
  expect(predicted.sentences[0]).toBe(
    'Predicted with the batch times of this run (9–10 cameras within their uncertainty). No run confirms it.',
  )
  const confirmed = formatRecommendation(recommend([four], [confirmation(9, 'pass')]))
  expect(confirmed.headline).toContain('it carries 9 cameras')
  expect(confirmed.sentences[0]).toBe('Confirmed: 9 cameras were carried for 10 s: p99 612 ms.')
})

test('what did not hold is said before what did', () => {
  const runs = [confirmation(9, 'fail'), confirmation(8, 'pass')]
  const { headline, sentences } = formatRecommendation(recommend([rated('server', 4, 9)], runs))
  expect(headline).toContain('it carries 8 cameras')
  expect(sentences[0]).toBe(
    '9 cameras did not hold in a confirming run: p99 was 1290 ms. Confirmed: 8 cameras were carried for 10 s: p99 612 ms.',
  )
})

test('the next best setting is named with its loss and the reason', () => {
  const best = rated('server', 8, 9, { ceilingFps: 50 })
  const text = (other: typeof best) => formatRecommendation(recommend([best, other])).sentences.at(-1)
  expect(text(rated('server', 1, 5, { ceilingFps: 30 }))).toBe(
    'Next: no batching, 1 worker with 5 cameras, 4 fewer, because its ceiling is 30.0 FPS, not 50.0.',
  )
  expect(text(rated('client', 8, 6, { ceilingFps: 50 }))).toBe(
    'Next: client batching 8 (base64), 1 worker with 6 cameras, 3 fewer, because its frames wait up to 1400 ms for a batch to fill, those of server batching up to 50.0 ms.',
  )
})

test('a simpler setting is recommended with the reason, and settings that took no part are named', () => {
  const point = { ...pointOf(1, 'client', 8, cameraLoad(1)), load: cameraLoad(1), slo }
  const about = { leftOut: [{ point, reason: { kind: 'few-requests' as const, requests: 5, needed: 20 } }] }
  const settings = [rated('server', 8, 41), rated('server', 4, 40)]
  const { sentences, notes } = formatRecommendation(recommend(settings, [], about))
  expect(sentences[1]).toBe(
    'Server batching 8 (delay 50 ms), 1 worker carries 41, which is as many within the uncertainty; the recommended setting is simpler (smaller batches, which need less memory).',
  )
  expect(notes).toEqual(['Not compared: client batching 8 (base64) (only 5 requests answered, 20 needed).'])
})

test('a rough estimate says so first', () => {
  const weaknesses = [{ kind: 'short-windows' as const, windowS: 4, neededS: 10 }]
  const { headline, notes } = formatRecommendation(recommend([rated('server', 4, 9, { weaknesses })]))
  expect(headline).toMatch(/^Rough estimate: use /)
  expect(notes[0]).toBe('The estimate is rough: it rests on windows of 4 s; a plan needs 10 s or more.')
})

test('after a race, what a long run confirmed is no rough estimate, but the other settings are', () => {
  const weaknesses = [{ kind: 'short-windows' as const, windowS: 4, neededS: 10 }]
  const settings = [rated('server', 4, 9, { weaknesses }), rated('server', 1, 5, { weaknesses })]
  const race = { isDecided: true, isShownEqual: () => true }
  const { headline, notes, soundCommand } = formatRecommendation(
    recommend(settings, [confirmation(9, 'pass')], { race }),
  )
  expect(headline).toMatch(/^use server batching 4 .*: it carries 9 cameras/)
  expect(notes).toEqual(['The cameras of the other settings are rough estimates, which no run confirms.'])
  expect(soundCommand).toBeUndefined()
})

test('lines to type: config.properties, the management API, and the client', () => {
  const parts = linesToType(recommend([rated('server', 4, 9)]), undefined)
  expect(parts.map(({ title, lines }) => [title, ...lines])).toEqual([
    [
      'config.properties of TorchServe',
      'load_models=resnet-18.mar',
      'models={"resnet-18":{"1.0":{"marName":"resnet-18.mar","minWorkers":1,"maxWorkers":1,"batchSize":4,"maxBatchDelay":50}}}',
    ],
    [
      'Or at the running server',
      "curl -X DELETE 'http://127.0.0.1:8081/models/resnet-18/1.0'",
      "curl -X POST 'http://127.0.0.1:8081/models?url=resnet-18.mar&model_name=resnet-18&batch_size=4&max_batch_delay=50&initial_workers=1&synchronous=true'",
    ],
    [
      'Client',
      'frames per request: 1 (raw)',
      'requests in flight per camera: up to 1000',
      'further frames: wait (queue of up to 1000 requests)',
      'frames in flight if they come from a file: 8',
    ],
  ])
})

test('the setting, value by value', () => {
  expect(settingFacts(recommend([rated('hybrid', 8, 9)]), undefined)).toEqual([
    ['mode', 'hybrid batching'],
    ['frames per request (K)', '2'],
    ['server batch size (B)', '4'],
    ['batch delay', '50 ms'],
    ['workers', '1'],
    ['frames in flight', '16'],
    ['cameras', '9 at 5 fps'],
  ])
  const alone = settingFacts(recommend([rated('server', 1, 5)]), undefined)
  expect(Object.fromEntries(alone)).toMatchObject({ mode: 'no batching', 'batch delay': 'none' })
})

test('the archive of a TorchServe that Framestorm started is named as a file, with the command that writes it', () => {
  const [config, running] = linesToType(recommend([rated('server', 4, 9)]), {
    kind: 'torchserve',
    label: 'TorchServe 0.12.0',
    details: { archive: `sha256 ${'0'.repeat(64)}` },
  })
  expect(config!.lines[0]).toBe('load_models=resnet-18.mar')
  expect(config!.note).toContain('`framestorm archive --out model_store/resnet-18.mar` writes it.')
  expect(running!.lines[1]).toContain('url=resnet-18.mar&')
})

test('a delay of 0 cannot stand in config.properties, so it is not offered there', () => {
  const setting = rated('server', 4, 9, { maxBatchDelayMs: 0 })
  expect(linesToType(recommend([setting]), undefined).map(({ title }) => title)).toEqual([
    'At the running server',
    'Client',
  ])
})

test('a server by URL keeps its workers, archive and version, and what was in force is said', () => {
  const setting = rated('server', 4, 9)
  const server = {
    kind: 'url' as const,
    inferenceUrl: 'http://gpu:8080',
    managementUrl: 'http://gpu:8081',
    manage: true,
    api: 'torchserve' as const,
  }
  const point = { ...setting.point, server } as typeof setting.point
  const details = {
    workers: '3',
    archive: 'net.mar',
    'model version': '2.0',
    'settings before this run': 'batch size 1, max batch delay 100 ms, 3 workers',
  }
  const [config, running, client] = linesToType(recommend([{ ...setting, point }]), {
    kind: 'url',
    label: 'TorchServe 0.12.0 at gpu:8080',
    details,
  })
  expect(config!.lines[1]).toContain('{"2.0":{"marName":"net.mar","minWorkers":3')
  expect(running!.lines[0]).toBe("curl -X DELETE 'http://gpu:8081/models/resnet-18/2.0'")
  expect(running!.note).toContain(
    'In force before this run: batch size 1, max batch delay 100 ms, 3 workers.',
  )
  expect(client!.lines).toContain('frames in flight if they come from a file: 16')
})

test('a disturbed run is not reliable, whatever it recommends', () => {
  const disturbance = { points: [1, 2], of: 28, otherCpuShare: 0.32 }
  const { headline } = formatRecommendation({ ...recommend([rated('server', 4, 9)]), disturbance })
  expect(headline).toMatch(
    /^Not reliable: other programs used up to 32 % of the machine in 2 of 28 points\. Close them and run again\. As measured: use /,
  )
})
