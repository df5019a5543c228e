import { expect, test } from 'vitest'
import { framestormHere } from './testing/framestorm.test.support.js'

test.each([
  [
    'bench',
    [
      'Resume the run in this folder',
      'Print the plan and example requests, and exit',
      'Repeat one closed-load point per mode',
    ],
  ],
  ['gate', ['Compare two servers, or a saved run with baselines']],
  ['capacity', ['the best bracket that it allows']],
  ['size', ['Total cameras', 'Latency percentile']],
  ['report', ['Second run to compare with']],
  ['stream', ['Request timeout, ms']],
  [
    'agent',
    [
      'Send a part of the load from this machine',
      'host:port of a server that it may load',
      'Name of an environment variable',
    ],
  ],
  ['doctor', ['Check this machine and suggest fixes']],
])('the help of %s uses the terms of the field', async (command, phrases) => {
  const { code, stdout } = await framestormHere([command, '--help'])
  expect(code).toBe(0)
  const help = stdout.replace(/\s+/g, ' ')
  for (const phrase of phrases) expect(help).toContain(phrase)
  expect(help).not.toMatch(
    /\b(told|tells|somebody|nobody|whoever|lacks|in all|go on|touch nothing|may take)\b/,
  )
})
