import { expect, test } from 'vitest'

import { isServerGone, loadAdvice, workerMessage } from './load-failure.js'

const line = (text: string, stream = 'stdout') =>
  `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-${stream} MODEL_LOG - ${text}`

const failedLoad = [
  line('Torch worker started.'),
  line('Failed to load model m, exception the weights are missing'),
  line('Traceback (most recent call last):'),
  line('  File "model_service_worker.py", line 136, in load_model'),
  line('    service = model_loader.load('),
  line('FileNotFoundError: the weights are missing'),
  '2026-01-31T12:00:00,130 [WARN ] W-9000-m_1.0 org.pytorch.serve.wlm.WorkerThread - Backend worker error',
  line('Traceback (most recent call last):', 'stderr'),
  line('  File "model_service_worker.py", line 301, in <module>', 'stderr'),
  line('RuntimeError: 500 - Unknown exception', 'stderr'),
  line('Backend worker process died.'),
]

test('the error shows the traceback with the cause, not the one that the worker ends with', () => {
  expect(workerMessage(failedLoad.join('\n'))).toBe(
    [
      'Traceback (most recent call last):',
      '  File "model_service_worker.py", line 136, in load_model',
      '    service = model_loader.load(',
      'FileNotFoundError: the weights are missing',
    ].join('\n'),
  )
})

test('the last traceback is shown if it is the only one', () => {
  expect(workerMessage(failedLoad.slice(6).join('\n'))).toContain('RuntimeError: 500')
})

test('of a worker without a traceback the error shows the last log lines', () => {
  expect(workerMessage([line('Torch worker started.'), line('Killed')].join('\n'))).toBe(
    'Torch worker started.\nKilled',
  )
})

test('a long traceback is cut at its front, where the cause is not', () => {
  const frames = Array.from({ length: 100 }, (_, index) => line(`  File "deep.py", line ${index}`))
  const log = [line('Traceback (most recent call last):'), ...frames, line('ValueError: deep')]
  const message = workerMessage(log.join('\n'))!.split('\n')
  expect(message).toHaveLength(31)
  expect(message[0]).toBe('…')
  expect(message.at(-1)).toBe('ValueError: deep')
  expect(loadAdvice('500 InternalServerException', message.join('\n'), log.join('\n'))).toMatch(
    /Fix the error/,
  )
})

test('a worker without output gives an error without log lines', () => {
  expect(
    workerMessage('2026-01-31T12:00:00,130 [WARN ] main org.pytorch.serve.ModelServer - hello'),
  ).toBeUndefined()
})

test.each([
  ['a traceback', '500 InternalServerException', failedLoad.join('\n'), /Fix the error/],
  ['MemoryError', '500 …', 'Traceback …\nMemoryError', /out of memory/],
  ['torch’s allocator', '500 …', "RuntimeError: DefaultCPUAllocator: can't allocate memory", /out of memory/],
  ['CUDA', '500 …', 'torch.OutOfMemoryError: CUDA out of memory', /out of memory/],
  [
    'a worker that was killed (TorchServe answers 507 then)',
    '507 …',
    'Torch worker started.',
    /out of memory/,
  ],
  ['a worker that vanished', '500 …', 'Torch worker started.', /without any output/],
])('%s has a specific remedy', (_, answer, said, advice) => {
  expect(loadAdvice(answer, said)).toMatch(advice)
})

test('a connection that breaks is the end of the server, no failed load', () => {
  expect(isServerGone('ECONNRESET')).toBe(true)
  expect(isServerGone('500 InternalServerException: Failed to start workers for model m')).toBe(false)
})

test('a model that took longer than its startup timeout is not taken for one that was killed', () => {
  const log =
    'org.pytorch.serve.wlm.WorkerInitializationException: Backend worker did not respond in given time\n'
  const answer = '500 InternalServerException: Failed to start workers for model m version: 1.0'
  expect(loadAdvice(answer, 'Torch worker started.', log)).toContain('default_startup_timeout')
})
