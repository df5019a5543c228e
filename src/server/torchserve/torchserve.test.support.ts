import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { isProcessAlive } from '../../system/processes/hold-lock.js'
import type { ModelSettings, TorchServeSettings } from '../../scenario/plan/plan.js'
import type { Endpoint } from '../endpoint.js'
import { environmentFolder, pythonNeed } from './environment/environment-folder.js'
import { findPython } from '../../system/python-env/find-python.js'
import { venvPython } from '../../system/python-env/make-venv.js'

export const oneWorker: TorchServeSettings = { kind: 'torchserve', workers: 1 }

export const resnet: ModelSettings = {
  name: 'resnet-18',
  weights: 'seeded',
  request: { field: '{i}', json: 'object' },
  answer: { list: '' },
}

export const neverAborted: AbortSignal = new AbortController().signal

export async function untilGone(pids: number[]): Promise<void> {
  while (pids.some(isProcessAlive)) await sleep(50)
}

/** JPEGs that differ, brighter one by one, made by the Pillow that the server uses. */
export async function makeFrames(count: number): Promise<Buffer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'frames-'))
  const python = venvPython(environmentFolder(await findPython(pythonNeed)))
  const script = `
import sys
from PIL import Image
for i in range(int(sys.argv[2])):
    noise = Image.effect_noise((20 + 7 * i, 16), 90).resize((640, 480)).convert("RGB")
    noise.point(lambda value: min(255, value // 2 + 20 * i)).save(f"{sys.argv[1]}/{i}.jpg", quality=90)
`
  execFileSync(python, ['-c', script, folder, String(count)])
  return Array.from({ length: count }, (_, index) => readFileSync(join(folder, `${index}.jpg`)))
}

export async function post(
  endpoint: Endpoint,
  body: Buffer | string | FormData,
  type?: string,
): Promise<Response> {
  const { host, port, path } = endpoint
  return await fetch(`http://${host}:${port}${path}`, {
    method: 'POST',
    body: Buffer.isBuffer(body) ? new Blob([new Uint8Array(body)]) : body,
    headers: type === undefined ? {} : { 'content-type': type },
  })
}

/** A multipart body with these frames as parts. */
export function multipart(frames: Buffer[]): FormData {
  const form = new FormData()
  for (const [index, frame] of frames.entries()) {
    form.append(String(index), new Blob([new Uint8Array(frame)], { type: 'image/jpeg' }), `${index}.jpg`)
  }
  return form
}
