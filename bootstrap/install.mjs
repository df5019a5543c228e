// Brings a fresh clone to the point where dist/ can run: npm packages as the lockfile says, then the build.
// Plain JavaScript without dependencies, because it runs before there are any. Instant when all is there.
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const packagesStamp = join(root, 'node_modules', '.framestorm-packages')
const buildStamp = join(root, 'dist', '.framestorm-build')
const leastNode = [20, 19]

/** Installs what is missing or out of step, and builds; exits 3 with a sentence where that cannot be done. */
export async function install() {
  requireNode()
  const wantedPackages = hash([readFileSync(join(root, 'package-lock.json')), process.platform, process.arch])
  if (read(packagesStamp) !== wantedPackages || missingPackages().length > 0) {
    say('installing npm packages (once for each lockfile) …')
    rmSync(packagesStamp, { force: true })
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      remedy: 'check the network and the npm registry settings, then run the same command again',
    })
    writeFileSync(packagesStamp, wantedPackages)
  }
  const wantedBuild = hash([wantedPackages, ...sources().map(identity)])
  if (read(buildStamp) !== wantedBuild) {
    say('building …')
    rmSync(buildStamp, { force: true })
    await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root], {
      remedy: 'mend the type errors above, then run the same command again',
    })
    removeOrphans()
    writeFileSync(buildStamp, wantedBuild)
  }
}

/** Runs a program in the foreground and resolves when it succeeded; otherwise ends this process with code 3. */
export async function run(command, args, { remedy, exitCode = 3 }) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['inherit', process.stderr, 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
  })
  // A terminal sends Ctrl-C to both processes; SIGTERM reaches only this one and is handed on.
  const end = (signal) => child.kill(signal)
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
  if (signal !== null) process.exit(signal === 'SIGINT' ? 130 : 143)
  if (code === 0) return
  if (remedy !== undefined) say(`error: ${command} ended with code ${code}\n  remedy    ${remedy}`)
  process.exit(exitCode)
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return
  say(
    `error: Node.js is too old\n  expected  ${leastNode.join('.')} or newer\n  received  ${process.versions.node}\n` +
      '  remedy    install a current Node.js, for example from nodejs.org or with a version manager',
  )
  process.exit(3)
}

/** Packages of the lockfile without a folder: what an interrupted `npm ci` or a careless delete leaves. */
function missingPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.peer)
    .map(([path]) => path)
    .filter((path) => !existsSync(join(root, path, 'package.json')))
}

function sources() {
  const files = ['src', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  )
  return [...files.filter((file) => file.endsWith('.ts')).sort(), join(root, 'tsconfig.json')]
}

function identity(file) {
  const { size, mtimeMs } = statSync(file)
  return `${relative(root, file)} ${size} ${mtimeMs}`
}

/** A deleted source must not live on as a compiled file, or its test would still run. */
function removeOrphans() {
  for (const folder of ['src', 'bench']) {
    for (const name of readdirSync(join(root, 'dist', folder), { recursive: true })) {
      if (!/\.js(\.map)?$/.test(name)) continue
      const source = join(root, folder, name.replace(/\.js(\.map)?$/, '.ts'))
      if (!existsSync(source)) rmSync(join(root, 'dist', folder, name))
    }
  }
}

function hash(parts) {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('hex')
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function say(text) {
  process.stderr.write(`framestorm: ${text}\n`)
}
