import { expect, test } from 'vitest'

import { readAnswer } from './read-answer.js'

const answer = (body: unknown, status = 200) => ({
  status,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

test('a list gives each frame its result', () => {
  expect(readAnswer(answer([{ cat: 0.5 }, { dog: 1 }]), 2, { list: '' })).toEqual({
    results: ['{"cat":0.5}', '{"dog":1}'],
  })
})

test('the list is found by its pointer', () => {
  expect(readAnswer(answer({ out: { r: [1, 2] } }), 2, { list: '/out/r' })).toEqual({ results: ['1', '2'] })
})

test('a single frame may be answered by anything', () => {
  expect(readAnswer(answer([1, 2]), 1, { list: '' })).toEqual({ results: ['[1,2]'] })
  expect(readAnswer(answer({ cat: 0.5 }), 1, { list: '' })).toEqual({ results: ['{"cat":0.5}'] })
})

test.each([['[1,2]'], ['not JSON'], ['{"no":"list"}'], ['']])('%j is no answer to three frames', (body) => {
  expect(readAnswer(answer(body), 3, { list: '' })).toHaveProperty('failure')
})

test('an answer without one result per frame stands for all its frames', () => {
  expect(readAnswer(answer('whatever'), 2, 'none')).toEqual({ results: ['whatever'] })
  expect(readAnswer(answer({ action: 'waving' }), 2, { perRequest: true })).toEqual({
    results: ['{"action":"waving"}'],
  })
})

test("TorchServe's own error is quoted", () => {
  const error = { code: 503, type: 'InternalServerException', message: 'Prediction failed' }
  expect(readAnswer(answer(error, 503), 1, 'none')).toEqual({
    failure: {
      outcome: 'http-error',
      status: 503,
      message: 'InternalServerException: Prediction failed',
    },
  })
  expect(readAnswer(answer('', 413), 1, 'none')).toEqual({
    failure: { outcome: 'http-error', status: 413, message: '' },
  })
})

test('what a server says cannot steer the terminal', () => {
  const evil = 'a\u001b[2J\r\nb\u009bc'
  const reads = [
    readAnswer(answer(evil), 1, 'none'),
    readAnswer(answer(evil, 500), 1, 'none'),
    readAnswer(answer([evil]), 1, { list: '' }),
  ]
  for (const read of reads)
    expect(Object.values('failure' in read ? read.failure : read.results).join('')).not.toMatch(/\p{Cc}/u)
})
