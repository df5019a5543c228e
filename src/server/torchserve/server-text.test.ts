import { expect, test } from 'vitest'

import { configProperties, formatProperties, type ServerFiles } from './server-files.js'
import { javaArguments, javaEnvironment, resolveVariables } from './start-java.js'
import { torchThreads } from './start-torchserve.js'

const ports = { inference: 1, management: 2, metrics: 3, grpcInference: 4, grpcManagement: 5, workers: 6 }
const files: ServerFiles = {
  folder: '/f',
  config: '/f/config.properties',
  logConfig: '/f/log4j2.xml',
  modelStore: '/f/models',
  storeName: 'm.mar',
  temp: '/f/t',
  workerSettings: '/f/workers.json',
  log: '/f/$log',
}

test('every address of the configuration is on the loopback interface', () => {
  const lines = configProperties(ports, '/f/models').trimEnd().split('\n')
  const addresses = lines.filter((line) => /address=/.test(line))
  expect(addresses).toHaveLength(5)
  for (const address of addresses) expect(address).toMatch(/=(http:\/\/)?127\.0\.0\.1(:\d+)?$/)
})

test('values keep their backslashes in Java’s Properties format', () => {
  expect(formatProperties({ model_store: 'C:\\models', number: 5, flag: true })).toBe(
    'model_store=C:\\\\models\nnumber=5\nflag=true\n',
  )
})

test('lines of a scenario replace the defaults, and vmargs go to java', () => {
  const config = { job_queue_size: 7, number_of_netty_threads: 2, vmargs: '-Xmx1g  -XX:+UseSerialGC' }
  const lines = configProperties(ports, '/f/models', config).trimEnd().split('\n')
  expect(lines.filter((line) => line.startsWith('job_queue_size'))).toEqual(['job_queue_size=7'])
  expect(lines).toContain('number_of_netty_threads=2')
  expect(lines.join()).not.toContain('vmargs')
  const args = javaArguments({ sitePackages: '/s', python: 'p' }, files, config)
  expect(args.slice(0, 2)).toEqual(['-Xmx1g', '-XX:+UseSerialGC'])
})

test('a value of the environment may be taken from a variable, which has to be set', () => {
  const written = { OMP_NUM_THREADS: 1, HF_TOKEN: '$env:MINE' }
  expect(resolveVariables(written, { MINE: 'x' })).toEqual({ OMP_NUM_THREADS: '1', HF_TOKEN: 'x' })
  for (const own of [{}, { MINE: '' }]) {
    expect(() => resolveVariables(written, own)).toThrow('the environment variable MINE is not set')
  }
})

test('java is started with the environment’s own TorchServe and Python, and without snapshots', () => {
  const args = javaArguments({ sitePackages: '/env/site', python: '/env/bin/python' }, files)
  expect(args).toContain('-Dmodel_server_home=/env/site')
  expect(args[args.indexOf('-cp') + 1]).toBe('/env/site/ts/frontend/*')
  expect(args[args.indexOf('--python') + 1]).toBe('/env/bin/python')
  expect(args).toContain('-ncs')
  expect(args).toContain('-Dframestorm.logFile=/f/$log')
})

test('what would redirect TorchServe or its Python does not reach them, everything else does', () => {
  const own = {
    PATH: '/bin',
    TS_CONFIG_FILE: '/mine',
    PYTHONPATH: '/lib',
    LOG_LOCATION: '/logs',
    HTTPS_PROXY: 'p',
  }
  const environment = javaEnvironment(own, files)
  expect(environment).toMatchObject({ PATH: '/bin', HTTPS_PROXY: 'p', LOG_LOCATION: '/f/t', TMPDIR: '/f/t' })
  expect(environment).not.toHaveProperty('TS_CONFIG_FILE')
  expect(environment).not.toHaveProperty('PYTHONPATH')
})

test.each([
  [8, 1, 8],
  [8, 3, 2],
  [2, 4, 1],
])('%i cores and %i workers give %i threads each', (cores, workers, threads) => {
  expect(torchThreads(cores, workers)).toBe(threads)
})
