import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { root, say } from './checkout.mjs'

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }
const patienceMs = 5000

/**
 * Runs a step of the installation. Its output goes to standard error, because standard output belongs to the program
 * that runs afterwards. The step has its own process group, and a signal ends the whole group: npm would leave its
 * install scripts running. If the step fails, this process exits with code 3.
 */
export async function runSetupStep(command, args, remedy) {
  const ownGroup = process.platform !== 'win32'
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    detached: ownGroup,
    shell: command === 'npm' && process.platform === 'win32',
  })
  const deliver = (signal) => {
    if (child.pid === undefined) return
    try {
      process.kill(ownGroup ? -child.pid : child.pid, signal)
    } catch {
      // The process has already ended.
    }
  }
  const end = await ending(child, (signal, again) => {
    deliver(again ? 'SIGKILL' : signal)
    setTimeout(deliver, patienceMs, 'SIGKILL').unref()
  })
  if (end.received !== undefined) deliver('SIGKILL')
  if (end.code === 0) return
  const what =
    end.error === undefined ? `exited with ${end.code ?? end.signal}` : `does not start: ${end.error.message}`
  say(`error: ${command} ${what}\n  remedy    ${remedy}`)
  process.exit(3)
}

/** Runs a program in the foreground, with this terminal. If it fails, this process exits with `exitCode`. */
export async function runForeground(command, args, exitCode) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  const end = await ending(child, (signal) => {
    // At a terminal Ctrl-C also reaches the program. A second signal would stop it at once.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
  if (end.code === 0) return
  if (end.error !== undefined) say(`error: ${command} does not start: ${end.error.message}`)
  process.exit(exitCode)
}

/**
 * How a child ended. A signal to this process goes to `onSignal`, and ends this process too once the child has ended.
 */
async function ending(child, onSignal) {
  let received
  const handle = (signal) => {
    const again = received !== undefined
    received = signal
    onSignal(signal, again)
  }
  for (const signal of Object.keys(signals)) process.on(signal, handle)
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }))
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  for (const signal of Object.keys(signals)) process.off(signal, handle)
  const exitCode = signals[received ?? end.signal]
  if (received !== undefined) onSignal('SIGKILL', true)
  if (exitCode !== undefined) process.exit(exitCode)
  return end
}

/** The npm that runs this process, if there is one (Windows cannot start `npm` without a shell). */
export function npmCommand(args, { env = process.env, exists = existsSync } = {}) {
  const cli = env.npm_execpath
  const isNpm = cli !== undefined && /npm-cli\.c?js$/.test(cli) && exists(cli)
  return isNpm ? [process.execPath, [cli, ...args]] : ['npm', args]
}
