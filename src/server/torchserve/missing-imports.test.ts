import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { findPython } from '../../system/python-env/find-python.js'
import { UserError } from '../../system/user-error.js'
import { manifestPath } from '../archive/archive-format.js'
import type { ServerEnvironment } from './environment/choose-environment.js'
import { pythonNeed } from './environment/environment-folder.js'
import { requireImports } from './missing-imports.js'
import { oneWorker } from './torchserve.test.support.js'

const python = await findPython(pythonNeed).catch(() => undefined)
const folder = mkdtempSync(join(tmpdir(), 'imports-'))

function write(root: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

/** A Python without packages, and a TorchServe whose image handler imports one. */
const environment: ServerEnvironment = {
  python: python?.executable ?? '',
  sitePackages: write(join(folder, 'site'), {
    'ts/__init__.py': '',
    'ts/torch_handler/__init__.py': '',
    'ts/torch_handler/base_handler.py':
      'import os\ntry:\n    import no_onnx\nexcept ImportError:\n    pass\n',
    'ts/torch_handler/vision_handler.py':
      'from .base_handler import x\nfrom no_torchvision import transforms\n',
    'ts/torch_handler/image_classifier.py': 'from .vision_handler import VisionHandler\n',
  }),
  basePython: '',
  pythonVersion: '3.11.4',
  versions: {},
  java: { command: 'java', version: '17', source: 'PATH' },
  details: {},
}

function archiveWith(files: Record<string, string>, manifest: object = {}): string {
  const model = { modelName: 'm', handler: 'h.py', ...manifest }
  const all = { ...files, [manifestPath]: JSON.stringify({ model }) }
  const file = join(folder, `${Math.random()}.mar`)
  writeFileSync(
    file,
    zipSync(Object.fromEntries(Object.entries(all).map(([name, text]) => [name, strToU8(text)]))),
  )
  return file
}

async function refusal(file: string, settings = {}): Promise<UserError | undefined> {
  try {
    await requireImports({ file, form: 'zip' }, { environment, settings: { ...oneWorker, ...settings } })
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

describe.skipIf(python === undefined)('a handler that imports a module', () => {
  test('which the environment lacks is refused with its line and the package to install', async () => {
    const error = await refusal(archiveWith({ 'h.py': 'import json\n\nimport cv2, no_such.inner as x\n' }))
    expect(error).toMatchObject({
      exitCode: 3,
      message: 'the handler imports cv2, no_such, which the Python environment of the server does not have',
      parts: {
        where: expect.stringMatching(/h\.py, line 3$/),
        remedy: expect.stringContaining('Write opencv-python-headless and no_such into a requirements.txt'),
      },
    })
    const own = await refusal(archiveWith({ 'h.py': 'import cv2\n' }), { python: '/venv' })
    expect(own?.parts.remedy).toBe('Install opencv-python-headless into /venv.')
  })

  test('of its own archive, or of a module there that lacks one, is followed', async () => {
    const files = {
      'h.py': 'import helper\nfrom net.layers import block\nfrom net import heads\n',
      'helper.py': 'import math\n',
      'net/__init__.py': '',
      'net/layers.py': 'from . import heads\nfrom .more import y\n',
      'net/more.py': 'import no_such\n',
      'net/heads.py': '',
      'train.py': 'import no_trainer\n',
    }
    const error = await refusal(archiveWith(files))
    expect(error?.parts.where).toMatch(/net\/more\.py, line 1$/)
    expect(error?.message).not.toContain('no_trainer')
  })

  test('only in a branch, a try or a function is not refused', async () => {
    const text = `
try:
    import no_such
except ImportError:
    no_such = None
if False:
    import no_other
def later():
    import no_third
`
    expect(await refusal(archiveWith({ 'h.py': text }))).toBeUndefined()
  })

  test('through one of TorchServe’s handlers is refused with the file of that handler', async () => {
    const named = await refusal(archiveWith({}, { handler: 'image_classifier' }))
    expect(named?.parts.where).toMatch(/ts\/torch_handler\/vision_handler\.py, line 2$/)
    const derived = 'from ts.torch_handler.image_classifier import ImageClassifier\n'
    expect((await refusal(archiveWith({ 'h.py': derived })))?.message).toContain('no_torchvision')
    const base = 'from ts.torch_handler.base_handler import BaseHandler\n'
    expect(await refusal(archiveWith({ 'h.py': base }))).toBeUndefined()
  })

  test('that its own requirements bring is refused only if TorchServe does not install them', async () => {
    const file = archiveWith({ 'h.py': 'import cv2\n', 'r.txt': 'opencv' }, { requirementsFile: 'r.txt' })
    expect((await refusal(file))?.parts.remedy).toContain(
      'Or set server.config.install_py_dep_per_model to true',
    )
    expect(await refusal(file, { config: { install_py_dep_per_model: true } })).toBeUndefined()
  })

  test('is never executed', async () => {
    const marker = join(folder, 'executed')
    const text = `open(${JSON.stringify(marker)}, "w")\n`
    expect(
      await refusal(archiveWith({ 'h.py': `import helper\n${text}`, 'helper.py': text })),
    ).toBeUndefined()
    expect(existsSync(marker)).toBe(false)
  })

  test('and is not valid Python is refused with its line, in a module of its archive too', async () => {
    const broken = 'import json\n\ndef run(x)\n    return x\n'
    expect(await refusal(archiveWith({ 'h.py': broken }))).toMatchObject({
      exitCode: 3,
      message: 'h.py is not valid Python',
      parts: {
        where: expect.stringMatching(/\.mar: h\.py, line 3$/),
        received: expect.stringMatching(/^SyntaxError: .+: def run\(x\)$/),
      },
    })
    const inModule = await refusal(archiveWith({ 'h.py': 'import helper\n', 'helper.py': broken }))
    expect(inModule?.message).toBe('helper.py is not valid Python')
  })

  test('is named by the path of its file if it is outside of an archive', async () => {
    const file = archiveWith({ 'handler.py': 'import cv2\n' }, { handler: 'handler.py' })
    const archive = { file, form: 'zip', name: '/models/detect.py' } as const
    await expect(requireImports(archive, { environment, settings: oneWorker })).rejects.toMatchObject({
      parts: { where: '/models/detect.py, line 1' },
    })
  })
})
