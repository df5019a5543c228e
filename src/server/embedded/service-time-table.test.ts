import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readServiceTimeTable, serviceTimeTable } from './service-time-table.js'

const header =
  'point,repetition,batch,worker,requestsFormed,framesFormed,framesAsked,handlerMs,dispatch,members'

test('a table holds the median handler time of each batch size', () => {
  const rows = [
    '1,1,0,w,2,4,4,99.5,full,0 1',
    '1,1,1,w,2,4,4,101.5,full,2 3',
    '1,1,2,w,2,4,4,140,full,4 5',
    '2,1,0,w,1,1,1,32,,6',
  ]
  expect(serviceTimeTable([header, ...rows, ''].join('\n'))).toEqual([
    { frames: 1, ms: 32 },
    { frames: 4, ms: 101.5 },
  ])
})

test('rows without a time are left out', () => {
  expect(serviceTimeTable(`${header}\n1,1,0,w,1,1,1,,full,0`)).toEqual([])
})

test('a run without batches is rejected with a remedy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'table-'))
  try {
    const refusal = { message: 'the run has no measured batch times', exitCode: 3 }
    await expect(readServiceTimeTable(folder)).rejects.toMatchObject(refusal)
    await writeFile(join(folder, 'batches.csv'), 'a,b\n1,2\n')
    await expect(readServiceTimeTable(folder)).rejects.toMatchObject(refusal)
  } finally {
    await rm(folder, { recursive: true })
  }
})
