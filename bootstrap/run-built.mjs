// `npm run bench:self` is `node bootstrap/run-built.mjs bench/self.js`: installs what is missing, then runs that
// program of dist/ with the arguments that follow.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './checkout.mjs'
import { install } from './install.mjs'

await install()
const program = join(root, 'dist', process.argv[2])
process.argv.splice(1, 2, program)
await import(pathToFileURL(program).href)
