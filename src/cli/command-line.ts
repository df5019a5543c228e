import yargs, { type Argv } from 'yargs'
import { nearestName } from '../scenario/text/nearest-name.js'
import { packageVersion } from '../system/package-root.js'
import { maskAddresses } from '../system/secret-address.js'
import { ExitCode, UserError, formatUserError, messageOf, systemErrorCode } from '../system/user-error.js'
import { printNotice, type Command } from './command.js'
import { listenForInterruption, type Interruption } from './interruption.js'

/** Each command in yargs' notation, and its module, which is loaded only when the command runs. */
const commands = {
  'bench [scenario]': {
    describe: 'Measure a scenario; write CSV files and an HTML report',
    load: async () => (await import('./commands/bench.js')).benchCommand,
  },
  'report <run> [other]': {
    describe: 'Write the outputs of a saved run again, or compare two runs',
    load: async () => (await import('./commands/report.js')).reportCommand,
  },
  'gate <subject>': {
    describe: 'Compare two servers, or a saved run with baselines, and fail on a regression',
    load: async () => (await import('./commands/gate.js')).gateCommand,
  },
  'capacity [scenario]': {
    describe: 'Find how many cameras a server carries within the SLO',
    load: async () => (await import('./commands/capacity.js')).capacityCommand,
  },
  'size <run>': {
    describe: 'Plan servers, network and cost for a number of cameras, from a measured run',
    load: async () => (await import('./commands/size.js')).sizeCommand,
  },
  stream: {
    describe: 'Send one live video source to a server; print FPS and answers',
    load: async () => (await import('./commands/stream.js')).streamCommand,
  },
  agent: {
    describe: 'Send a part of the load from this machine, for bench, capacity or gate on another one',
    load: async () => (await import('./commands/agent.js')).agentCommand,
  },
  archive: {
    describe: 'Write the model archive for your own TorchServe',
    load: async () => (await import('./commands/archive.js')).archiveCommand,
  },
  serve: {
    describe: 'Run the embedded server (a simulated TorchServe) on loopback, in the foreground',
    load: async () => (await import('./commands/serve.js')).serveCommand,
  },
  doctor: {
    describe: 'Check this machine and suggest fixes',
    load: async () => (await import('./commands/doctor.js')).doctorCommand,
  },
}

/** Messages of yargs in the style of ours; its `%s` are names without dashes. */
const usageMessages: Record<string, string | { one: string; other: string }> = {
  'Missing required argument: %s': { one: '--%s is required', other: 'these flags are required: %s' },
  'Not enough non-option arguments: got %s, need at least %s': {
    one: 'not enough arguments: %s given, %s required',
    other: 'not enough arguments: %s given, %s required',
  },
  'Not enough arguments following: %s': '--%s needs a value',
  'Arguments %s and %s are mutually exclusive': '%s and %s cannot be combined',
  'Invalid values:': 'a flag is not valid:',
  'Argument: %s, Given: %s, Choices: %s': '--%s is %s; expected one of %s',
}

/** Runs the command named by the arguments and returns the exit code of the process; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  ignoreClosedOutput()
  const interruption = listenForInterruption()
  let exitCode: number = ExitCode.pass
  let running: Argv | undefined
  const parser = yargs()
    .scriptName('framestorm')
    .usage('$0 <command> [options]\n\nBenchmark and load-test video inference on TorchServe.')
    .version(packageVersion)
    .strict()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types lack the plural forms that it reads
    .updateStrings(usageMessages as Record<string, string>)
    .demandCommand(1, 'no command was given')
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .epilogue('Exit codes: 0 pass, 1 regression, 2 usage, 3 environment, 4 invalid, 5 inconclusive, 70 bug.')
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      // yargs reports errors in flags as a message or a YError. Everything else is an error of a command.
      throw error ?? Object.assign(new Error(message), { name: 'YError' })
    })

  for (const [command, { describe, load }] of Object.entries(commands)) {
    let loaded: Command<never>
    parser.command(
      command,
      describe,
      async (yargs) => {
        loaded = await load()
        running = yargs
        loaded.builder(yargs)
      },
      async (flags) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- yargs made them by the command's builder
        exitCode = await loaded.run(flags as never, { interruption })
      },
    )
  }

  try {
    await parser.parseAsync(args)
    return interruption.exitCode() ?? exitCode
  } catch (error) {
    const isUsage = error instanceof Error && error.name === 'YError'
    return explainFailure(isUsage ? await usageError(error.message, args, running) : error, interruption)
  } finally {
    interruption.dispose()
  }
}

/** An error that yargs found, with the nearest command or flag if one was misspelled. */
async function usageError(mistake: string, args: readonly string[], running?: Argv): Promise<UserError> {
  const names = Object.keys(commands).map((command) => command.split(' ')[0]!)
  const [first] = args
  if (first === undefined) {
    return new UserError(mistake, {
      expected: `one of ${names.join(', ')}`,
      remedy: 'For a first run: `framestorm bench scenarios/quickstart.yaml`.',
    })
  }
  if (running === undefined && !first.startsWith('-') && !names.includes(first)) {
    const nearest = nearestName(first, names)
    return new UserError(`there is no command "${first}"`, {
      expected: `one of ${names.join(', ')}`,
      remedy: nearest === undefined ? 'See `framestorm --help`.' : `Did you mean \`framestorm ${nearest}\`?`,
    })
  }
  const help = running === undefined ? '`framestorm --help`' : `\`framestorm ${first} --help\``
  const unknown = /^Unknown arguments?: (.+)$/.exec(mistake)?.[1]?.split(', ')
  if (unknown === undefined) return new UserError(mistake, { remedy: `See ${help}.` })
  const flags = [...(await (running?.getHelp() ?? '')).matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag)
  const [name = ''] = unknown
  const isFlag = args.some((arg) => arg === `-${name}` || arg.startsWith(`--${name}`))
  if (!isFlag) return new UserError(`unexpected argument "${name}"`, { remedy: `See ${help}.` })
  const written = name.length === 1 ? `-${name}` : `--${name}`
  const nearest = nearestName(written, flags)
  return new UserError(`there is no flag ${written}`, {
    remedy: nearest === undefined ? `See ${help}.` : `Did you mean ${nearest}? See ${help}.`,
  })
}

/**
 * `framestorm … | head` closes stdout early, and so does a closed terminal (EIO). The measurement continues, because
 * its results are files. Text that can no longer be printed is dropped.
 */
function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(ignoreIfClosed)) stream.on('error', ignoreIfClosed)
  }
}

function ignoreIfClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}

/** System errors of a full or broken disk, or a folder without write access. They are never a bug of Framestorm. */
const refusals = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EIO',
  'EMFILE',
  'ENFILE',
])

function refusedBySystem(error: unknown): UserError {
  return new UserError('the system refused to read or write a file', {
    received: messageOf(error),
    remedy:
      'Free disk space and make the folder writable, or choose another folder. Then run the command again.',
    exitCode: ExitCode.environment,
  })
}

/** Prints the error, without a stack trace if the user can fix it, and returns the exit code. */
function explainFailure(error: unknown, interruption: Interruption): number {
  const interrupted = interruption.exitCode()
  if (error instanceof UserError) {
    if (interrupted === undefined) printNotice(maskAddresses(formatUserError(error)))
    return interrupted ?? error.exitCode
  }
  if (interrupted !== undefined && error instanceof Error && error.name === 'AbortError') return interrupted
  if (refusals.has(systemErrorCode(error) ?? '')) {
    printNotice(formatUserError(refusedBySystem(error)))
    return interrupted ?? ExitCode.environment
  }
  printNotice('This is a bug in Framestorm. Please report it with the lines below.')
  printNotice(maskAddresses(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  return ExitCode.bug
}
