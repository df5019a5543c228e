import { execa } from 'execa'
import { expect, test } from 'vitest'
import { loopbackId } from './loopback-id.js'

test('processes of one machine share a loopback address, and so its id', async () => {
  const module = new URL('loopback-id.js', import.meta.url).href
  const { stdout } = await execa(process.execPath, [
    '--input-type=module',
    '-e',
    `import { loopbackId } from '${module}'; console.log(loopbackId())`,
  ])
  expect(stdout).toBe(loopbackId())
  expect(stdout).toMatch(/^[0-9a-f]{32}$/)
})
