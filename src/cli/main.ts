#!/usr/bin/env node
import satisfies from 'semver/functions/satisfies.js'
import { packageVersion, supportedNode } from '../system/package-root.js'

const args = process.argv.slice(2)
if (!satisfies(process.versions.node, supportedNode)) {
  process.stderr.write(
    `framestorm: error: this version of Node.js cannot run Framestorm\n  expected  ${supportedNode}\n` +
      `  received  ${process.versions.node}\n` +
      '  remedy    Install a current Node.js, for example from nodejs.org or with a version manager.\n',
  )
  process.exitCode = 3
} else if (args.length === 1 && args[0] === '--version') {
  // Scripts ask for the version often, so this does not load the command line.
  process.stdout.write(`${packageVersion}\n`)
} else {
  // On Linux this also replaces the arguments that `ps` shows to other users, such as a camera's address with its password.
  process.title = 'framestorm'
  // Imported only after the check, because an older Node.js fails on the syntax of a dependency.
  const { runCommandLine } = await import('./command-line.js')
  process.exitCode = await runCommandLine(args)
}
