import { execa } from 'execa'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { packageRoot, packageVersion } from '../system/package-root.js'
import { ensureFfmpeg } from '../frames/video/resolve-ffmpeg.js'

const archiveFacts = z.object({
  filename: z.string(),
  size: z.number(),
  files: z.array(z.object({ path: z.string() })),
})
/** What `npm pack --json` prints. */
const packed = z.tuple([archiveFacts])
const dependencies = z.record(z.string(), z.string())
const manifest = z.object({ dependencies, optionalDependencies: dependencies })

/** A project of its own, outside the checkout and with a space in its path, that has the packed package installed. */
let project: string
let installed: string
let files: string[]
let bytes: number
let runtime: z.infer<typeof manifest>

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'framestorm installed '))
  installed = join(project, 'node_modules', 'framestorm')
  await mkdir(installed, { recursive: true })
  runtime = manifest.parse(JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')))
  // The tests run on a build: packing need not build it again.
  const pack = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
    cwd: packageRoot,
  })
  const [archive] = packed.parse(JSON.parse(pack.stdout))
  files = archive.files.map(({ path }) => path)
  bytes = archive.size
  await execa('tar', ['-xzf', join(project, archive.filename), '-C', installed, '--strip-components=1'])
  // What npm would install beside it, without a registry: the declared dependencies and no development package.
  for (const name of Object.keys({ ...runtime.dependencies, ...runtime.optionalDependencies })) {
    const from = join(packageRoot, 'node_modules', name)
    const to = join(project, 'node_modules', name)
    await mkdir(dirname(to), { recursive: true })
    if (existsSync(from)) await symlink(from, to)
  }
})

afterAll(() => rm(project, { recursive: true, force: true }))

function framestorm(...args: string[]) {
  return execa(process.execPath, [join(installed, 'dist', 'src', 'cli', 'main.js'), ...args], {
    cwd: project,
    env: { NO_COLOR: '1' },
    reject: false,
  })
}

test('the package holds what runs and what is read, no tests and no measurements of the harness', () => {
  for (const wanted of [
    'package.json',
    'README.md',
    'CHANGELOG.md',
    'docs/scenario.schema.json',
    'scenarios/quickstart.yaml',
    'fixtures/clip.mp4',
    'fixtures/model/handler.py',
    'dist/src/cli/main.js',
    'dist/src/cli/main.js.map',
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'docs/api.md',
    'dist/src/load/load-thread.js',
    'dist/src/system/processes/guard.js',
  ]) {
    expect(files).toContain(wanted)
  }
  expect(
    files.filter((file) => /\.test\.|^dist\/bench|^bench|^bootstrap|^reports|__pycache__/.test(file)),
  ).toEqual([])
  expect(bytes).toBeLessThan(4_500_000)
})

test('its dependencies are exactly the packages that its code imports', async () => {
  const imported = new Set<string>()
  for (const file of files.filter((path) => path.endsWith('.js'))) {
    const code = await readFile(join(installed, file), 'utf8')
    for (const [, name] of code.matchAll(
      /(?:from |import\(|import |\)\.resolve\()'((?:@[\w-]+\/)?[\w.-]+)(?:\/[^']*)?'/g,
    )) {
      if (!name!.startsWith('.') && !isBuiltin(name!)) imported.add(name!)
    }
  }
  const optional = Object.keys(runtime.optionalDependencies)
  const needed = [...imported].filter((name) => !optional.includes(name))
  expect(needed.toSorted()).toEqual(Object.keys(runtime.dependencies).toSorted())
})

test('installed elsewhere it has its version and help', async () => {
  expect(await framestorm('--version')).toMatchObject({ exitCode: 0, stdout: packageVersion, stderr: '' })
  const { exitCode, stdout } = await framestorm('--help')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('framestorm bench')
})

test('a program in TypeScript compiles against its types, and runs: the example of docs/api.md', async () => {
  const [, example] = /```ts\n(.*?)```/s.exec(await readFile(join(installed, 'docs', 'api.md'), 'utf8'))!
  for (const tool of ['@types/node', 'undici-types', 'typescript']) {
    await mkdir(dirname(join(project, 'node_modules', tool)), { recursive: true })
    await symlink(join(packageRoot, 'node_modules', tool), join(project, 'node_modules', tool))
  }
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  await writeFile(join(project, 'example.ts'), example!)
  // Our own declarations are checked too, which skipLibCheck would leave out.
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023',
    '--types',
    'node',
  ]
  const tsc = join(project, 'node_modules', 'typescript', 'bin', 'tsc')
  const compiled = await execa(process.execPath, [tsc, ...options, 'example.ts'], {
    cwd: project,
    reject: false,
  })
  expect(compiled).toMatchObject({ exitCode: 0, stdout: '' })
  const ran = await execa(process.execPath, ['example.js'], { cwd: project, reject: false })
  // Its scenario.yaml is not there: the UserError that it catches.
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' })
})

test('installed elsewhere it measures its own quickstart and writes the report again', async (context) => {
  if (!(await ensureFfmpeg({ onProgress: () => {} }).catch(() => undefined))) context.skip('no ffmpeg here')
  const quick = [
    'measure.durationS=0.5',
    'measure.warmupMaxS=0.2',
    'batching.batchSize=4',
    'video.frames=25',
    // With cameras, a recommended setting would be confirmed for ten seconds.
    'load={ kind: closed, framesInFlight: 8 }',
  ]
  const bench = await framestorm(
    'bench',
    join(installed, 'scenarios', 'quickstart.yaml'),
    '--server',
    'embedded:tau=1ms,alpha=1ms',
    ...quick.flatMap((setting) => ['--set', setting]),
  )
  expect(bench.stderr).toContain('report.html')
  expect([0, 4]).toContain(bench.exitCode)
  const run = join(project, 'reports', 'latest')
  await rm(join(run, 'report.html'))
  const report = await framestorm('report', run)
  expect(report).toMatchObject({ exitCode: bench.exitCode })
  expect(await readdir(run)).toEqual(
    expect.arrayContaining(['points.csv', 'report.html', 'run.json', 'summary.md']),
  )
  expect((await readFile(join(run, 'report.html'), 'utf8')).length).toBeGreaterThan(1_000_000)
})
