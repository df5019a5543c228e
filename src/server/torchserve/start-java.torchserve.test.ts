import { createServer } from 'node:net'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { ensureEnvironment } from './environment/ensure-environment.js'
import { chooseServerPorts, startJava } from './start-java.js'
import { neverAborted } from './torchserve.test.support.js'

const archive = {
  file: join(mkdtempSync(join(tmpdir(), 'start-java-')), 'none.mar'),
  form: 'zip',
  unpackedBytes: 0,
} as const

describe('TorchServe’s own java', { timeout: 600_000 }, () => {
  test.each(['inference', 'management', 'metrics'] as const)(
    'takes other ports where its %s port is taken at the last moment',
    async (api) => {
      const squatter = createServer()
      await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
      const address = squatter.address()
      if (address === null || typeof address === 'string') throw new Error('no TCP server')
      const offers = [{ [api]: address.port }, {}]
      const java = await startJava(
        await ensureEnvironment(),
        { archive, choosePorts: async () => ({ ...(await chooseServerPorts()), ...offers.shift() }) },
        neverAborted,
      )
      expect(offers).toEqual([])
      expect(java.ports[api]).not.toBe(address.port)
      await java.process.end()
      await new Promise((resolve) => squatter.close(resolve))
    },
  )
})
