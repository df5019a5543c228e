import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { TorchServeEnvironment } from './environment/ensure-environment.js'
import { chooseServerPorts, isBindFailure, startJava } from './start-java.js'
import { neverAborted } from './torchserve.test.support.js'

const folder = mkdtempSync(join(tmpdir(), 'start-java-'))
const archive = { file: join(folder, 'none.mar'), form: 'zip', unpackedBytes: 0 } as const

/** An environment whose java is a script. */
function environmentWith(script: string): TorchServeEnvironment {
  const command = join(folder, 'java')
  writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return {
    folder,
    python: join(folder, 'python'),
    sitePackages: folder,
    basePython: 'python3',
    pythonVersion: '3.11.7',
    versions: {},
    java: { command, version: '17.0.1', source: 'PATH' },
  }
}

test('the error of a java that exits at once shows its output', async () => {
  const environment = environmentWith('echo "Error: could not find libjvm.so" >&2; exit 1')
  await expect(startJava(environment, { archive }, neverAborted)).rejects.toMatchObject({
    exitCode: 3,
    message: 'TorchServe did not start',
    parts: { excerpt: 'Error: could not find libjvm.so' },
  })
})

test('a java that is not there is an error of the environment', async () => {
  const environment = environmentWith('')
  const missing = { ...environment, java: { ...environment.java, command: join(folder, 'no-java') } }
  await expect(startJava(missing, { archive }, neverAborted)).rejects.toMatchObject({
    exitCode: 3,
    message: 'TorchServe did not start',
  })
})

test('ports that stay taken are tried again a few times, then given up', async () => {
  const environment = environmentWith('echo "java.net.BindException: Address already in use"; exit 1')
  let asked = 0
  const choosePorts = async () => {
    asked++
    return await chooseServerPorts()
  }
  const starting = startJava(environment, { archive, choosePorts }, neverAborted)
  await expect(starting).rejects.toThrow('TorchServe did not start')
  expect(asked).toBe(4)
})

test('a port taken meanwhile is distinguished from other failures', () => {
  expect(isBindFailure(['Caused by: java.net.BindException: Address already in use'])).toBe(true)
  const native = 'io.netty.channel.unix.Errors$NativeIoException: bind(..) failed: Address already in use'
  expect(isBindFailure([native])).toBe(true)
  expect(isBindFailure(['java.lang.OutOfMemoryError: Java heap space'])).toBe(false)
})

test('an archive that does not fit on the disk is refused before java starts', async () => {
  const starting = startJava(
    environmentWith(''),
    { archive: { ...archive, unpackedBytes: 1e18 } },
    neverAborted,
  )
  await expect(starting).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('too little space to unpack the model archive'),
    parts: { expected: '1000000000.0 GB free', remedy: expect.stringContaining('TMPDIR') },
  })
})

test('a server that the scenario configures names its settings when it does not start', async () => {
  const environment = environmentWith('echo "Invalid configuration: For input string: abc"; exit 1')
  const config = { number_of_netty_threads: 'abc' }
  await expect(startJava(environment, { archive, config }, neverAborted)).rejects.toMatchObject({
    message: 'TorchServe did not start',
    parts: { remedy: expect.stringContaining('Check the values in server.config'), concerns: 'model' },
  })
})
