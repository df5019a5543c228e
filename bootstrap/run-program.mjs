import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { root, say } from './checkout.mjs'

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }
const patienceMs = 5000

/**
 * Runs a step of the installation: its output goes to standard error, which leaves standard output to the program
 * that the installation is for. It gets a process group of its own, and a signal ends all of it: npm alone would
 * leave the install scripts that it started behind. Where the step fails this process ends with code 3.
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
      // It has ended already.
    }
  }
  const end = await ending(child, (signal, again) => {
    deliver(again ? 'SIGKILL' : signal)
    setTimeout(deliver, patienceMs, 'SIGKILL').unref()
  })
  if (end.received !== undefined) deliver('SIGKILL')
  if (end.code === 0) return
  const what =
    end.error === undefined ? `ended with ${end.code ?? end.signal}` : `does not start: ${end.error.message}`
  say(`error: ${command} ${what}\n  remedy    ${remedy}`)
  process.exit(3)
}

/** Runs a program in the foreground, with this terminal; where it fails this process ends with `exitCode`. */
export async function runForeground(command, args, exitCode) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  const end = await ending(child, (signal) => {
    // At a terminal Ctrl-C has reached the program as well; twice would count as impatience.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
  if (end.code === 0) return
  if (end.error !== undefined) say(`error: ${command} does not start: ${end.error.message}`)
  process.exit(exitCode)
}

/** How a child ended. A signal to this process goes to `onSignal`, and once the child is gone ends this process too. */
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

/** npm itself: the very one that runs us where there is one (Windows starts no `npm` without a shell). */
export function npmCommand(args, { env = process.env, exists = existsSync } = {}) {
  const cli = env.npm_execpath
  const isNpm = cli !== undefined && /npm-cli\.c?js$/.test(cli) && exists(cli)
  return isNpm ? [process.execPath, [cli, ...args]] : ['npm', args]
}
