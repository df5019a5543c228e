#!/usr/bin/env node
import { isNodeSupported, supportedNode } from './is-node-supported.js'

if (isNodeSupported(process.versions.node)) {
  // Imported only now: an older Node.js fails on the syntax of the first dependency that it meets.
  const { runCommandLine } = await import('./command-line.js')
  process.exitCode = await runCommandLine(process.argv.slice(2))
} else {
  process.stderr.write(
    `framestorm: error: this version of Node.js cannot run Framestorm\n  expected  ${supportedNode}\n` +
      `  received  ${process.versions.node}\n` +
      '  remedy    install a current Node.js, for example from nodejs.org or with a version manager\n',
  )
  process.exitCode = 3
}
