import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserError, formatUserError } from '../../system/user-error.js'
import { resolveServer } from '../plan/resolve-point.js'
import { parseServer } from './parse-server.js'

test.each([
  ['auto', { kind: 'auto', workers: 1 }],
  ['torchserve', { kind: 'torchserve', workers: 1 }],
  ['torchserve:workers=2,handler=path.py', { kind: 'torchserve', workers: 2, handler: 'path.py' }],
  [
    'torchserve:requirements=r.txt,config.job_queue_size=1000,config.service_envelope=json,env.OMP_NUM_THREADS=1',
    {
      kind: 'torchserve',
      workers: 1,
      requirements: 'r.txt',
      config: { job_queue_size: 1000, service_envelope: 'json' },
      env: { OMP_NUM_THREADS: 1 },
    },
  ],
  ['auto:python=venv', { kind: 'auto', workers: 1, python: 'venv' }],
  ['embedded', { kind: 'embedded', tauMs: 7, alphaMs: 25, jitter: 0.05, workers: 1 }],
  [
    'embedded:tau=7ms,alpha=0.025s,jitter=5%,workers=3,table=runs/a',
    { kind: 'embedded', tauMs: 7, alphaMs: 25, jitter: 0.05, workers: 3, table: 'runs/a' },
  ],
  [
    'embedded:fault.fail=1%,fault.hang=once-20',
    {
      kind: 'embedded',
      tauMs: 7,
      alphaMs: 25,
      jitter: 0.05,
      workers: 1,
      faults: { fail: '1%', hang: 'once-20' },
    },
  ],
  ['http://host:8080', { kind: 'url', api: 'torchserve', inferenceUrl: 'http://host:8080', manage: false }],
  [
    'https://host/serving',
    { kind: 'url', api: 'torchserve', inferenceUrl: 'https://host/serving', manage: false },
  ],
  ['http://[::1]:8080', { kind: 'url', api: 'torchserve', inferenceUrl: 'http://[::1]:8080', manage: false }],
])('%s is understood', (text, settings) => {
  expect(resolveServer(parseServer(text))).toEqual(settings)
})

test.each([
  ['torchserv', 'unknown server torchserv; did you mean torchserve?'],
  ['', 'unknown server '],
  ['torchserve:worker=2', 'unknown option worker of server torchserve; did you mean workers?'],
  ['torchserve:tau=7ms', 'unknown option tau of server torchserve'],
  ['torchserve:workers=0', 'option workers of server torchserve is not valid'],
  ['torchserve:workers', 'option workers of server torchserve is not valid'],
  ['torchserve:workers=2,workers=3', 'option workers of server torchserve is given twice'],
  ['torchserve:', 'unknown option  of server torchserve'],
  [
    'torchserve:config.job_queue_sise=1',
    'TorchServe has no setting job_queue_sise; did you mean job_queue_size?',
  ],
  [
    'torchserve:config.inference_address=x',
    'inference_address cannot be set on a managed server: Framestorm chooses free ports on 127.0.0.1',
  ],
  ['torchserve:env.TMPDIR=/x', 'Framestorm sets TMPDIR for its own server'],
  [
    'torchserve:config.job_queue_size=1,config.job_queue_size=2',
    'option config.job_queue_size of server torchserve is given twice',
  ],
  ['embedded:config.job_queue_size=1', 'unknown option config.job_queue_size of server embedded'],
  ['embedded:tau=7', 'option tau of server embedded is not valid'],
  ['embedded:jitter=120%', 'option jitter of server embedded is not valid'],
  ['embedded:table=', 'option table of server embedded is not valid'],
  ['embedded:fault.kil=every-50', 'the embedded server has no fault "kil"; did you mean kill?'],
  ['embedded:fault.kill=sometimes', 'the fault "kill" is not valid'],
  ['embedded:fault.kill=1%,fault.kill=2%', 'option fault.kill of server embedded is given twice'],
  ['localhost:8080', 'a server address must start with http:// or https://'],
  ['ftp://host', 'this is not the address of a server'],
  ['http://', 'this is not the address of a server'],
  ['http://host:8080/?key=1', 'a server address must end with its path'],
])('%s is refused with what was expected', (text, message) => {
  const error = refusal(text)
  expect(error.message).toBe(message)
  expect(error.exitCode).toBe(2)
})

test('credentials in an address are refused and never repeated', () => {
  const error = refusal('http://user:geheim@host:8080')
  expect(error.message).toBe('a server address must not contain credentials')
  expect(formatUserError(error)).not.toContain('geheim')
  expect(formatUserError(refusal('hxxp:user:geheim@host'))).not.toContain('geheim')
})

test('any text gives settings or an error for the user, never a fault of ours', () => {
  const option = fc.tuple(
    fc.constantFrom('workers', 'tau', 'handler', 'x', '__proto__', 'toString'),
    fc.string(),
  )
  const text = fc
    .tuple(fc.constantFrom('auto', 'torchserve', 'embedded', 'http'), fc.array(option))
    .map(([kind, options]) => `${kind}:${options.map(([name, value]) => `${name}=${value}`).join(',')}`)
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (any) => {
      expect(['auto', 'torchserve', 'embedded', 'url', 'refused']).toContain(kindOf(any))
    }),
  )
})

function kindOf(text: string): string {
  try {
    return parseServer(text).kind
  } catch (error) {
    if (error instanceof UserError) return 'refused'
    throw error
  }
}

function refusal(text: string): UserError {
  try {
    parseServer(text)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error(`${text} was not refused`)
}
