// Prepares a clone to run from dist/: installs the npm packages of the lockfile, then builds. Plain JavaScript without
// dependencies, because it runs before any are installed. Fast if there is nothing to do.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, say } from './checkout.mjs'
import { holdInstallLock } from './hold-install-lock.mjs'
import { isNodeNewEnough, wantedNode } from './node-version.mjs'
import { packagesOutOfStep } from './packages-out-of-step.mjs'
import { npmCommand, runSetupStep } from './run-program.mjs'

const lockfile = join(root, 'package-lock.json')
const packages = join(root, 'node_modules')
const build = join(root, 'dist')
const compiledEnding = /\.(js|js\.map|d\.ts)$/
const buildStamp = join(build, '.framestorm-build')

/** Installs what is missing or outdated, and builds. Exits with code 3 and an error if that fails. */
export async function install() {
  requireNode()
  if (isInstalled() && isBuilt()) return
  let release
  try {
    release = await holdInstallLock(join(build, '.framestorm-lock'), {
      onWait: (pid) => say(`waiting for process ${pid}, which is already installing in this folder …`),
    })
    // Another process may have installed and built meanwhile.
    if (!isInstalled()) await installPackages()
    if (!isBuilt()) await compile()
  } catch (error) {
    if (error.syscall === undefined) throw error
    say(
      `error: the installation in this checkout failed\n  where     ${error.path ?? root}\n  received  ${error.message}\n` +
        '  remedy    Free disk space and make the folder writable, or install in another clone.',
    )
    process.exit(3)
  }
  release()
}

function requireNode() {
  const { node } = process.versions
  if (isNodeNewEnough(node)) return
  say(
    `error: this version of Node.js cannot run Framestorm\n  expected  ${wantedNode}\n  received  ${node}\n` +
      '  remedy    Install a current Node.js, for example from nodejs.org or with a version manager.',
  )
  process.exit(3)
}

function isInstalled() {
  const { platform, arch } = process
  const installed = readJson(join(packages, '.package-lock.json'))
  return packagesOutOfStep(readJson(lockfile), installed, { platform, arch, has: hasPackage }).length === 0
}

function hasPackage(path) {
  return existsSync(join(root, path, 'package.json'))
}

async function installPackages() {
  say('installing npm packages (once per lockfile) …')
  // The build needs the development packages, even if NODE_ENV or a user's .npmrc leaves them out. By default npm needs
  // more than a minute to detect that there is no network. With at most 10 s between its tries it needs 20 s.
  const choices = ['--include=dev', '--prefer-offline', '--fetch-retry-maxtimeout=10000']
  const args = ['ci', ...choices, '--no-audit', '--no-fund', '--loglevel=error']
  const remedy = 'Check the network and the npm registry settings, then run the same command again.'
  await runSetupStep(...npmCommand(args), remedy)
}

function isBuilt() {
  return hasBuild() && readFileSync(buildStamp, 'utf8') === wantedBuild()
}

/** Whether there is a complete build, of these sources or of older ones. */
function hasBuild() {
  return existsSync(buildStamp) && existsSync(join(build, 'src', 'cli', 'main.js'))
}

async function compile() {
  say('building …')
  // The compiler skips files that its build info lists as written, even if they are missing.
  if (!hasBuild()) rmSync(join(build, 'tsconfig.tsbuildinfo'), { force: true })
  rmSync(buildStamp, { force: true })
  const stamp = wantedBuild()
  const compiler = join(packages, 'typescript', 'bin', 'tsc')
  const remedy = 'Fix the type errors above, then run the same command again.'
  await runSetupStep(process.execPath, [compiler, '-p', root], remedy)
  removeOrphans()
  writeFileSync(buildStamp, stamp)
}

/** Changes with every source, with the compiler and with the packages that the sources are compiled against. */
function wantedBuild() {
  const sum = createHash('sha256').update(readFileSync(lockfile))
  const files = [...sources('src'), ...sources('bench'), join(root, 'tsconfig.json')]
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    const { size, mtimeMs } = statSync(file)
    sum.update(`\0${relative(root, file)} ${size} ${mtimeMs}`)
  }
  return sum.digest('hex')
}

function sources(folder) {
  return filesUnder(folder).filter((file) => file.endsWith('.ts'))
}

function filesUnder(folder) {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(root, folder, name))
}

/** A deleted source must not live on as a compiled file, or its test would still run. */
function removeOrphans() {
  for (const file of [...filesUnder('dist/src'), ...filesUnder('dist/bench')]) {
    const source = join(root, relative(build, file).replace(compiledEnding, '.ts'))
    if (compiledEnding.test(file) && !existsSync(source)) rmSync(file)
  }
}

/** Undefined if the file is absent, incomplete or not JSON. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
