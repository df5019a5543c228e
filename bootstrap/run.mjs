// `npm run bench -- X` is `node bootstrap/run.mjs bench X`: install what is missing, then the command line.
import { install } from './install.mjs'

await install()
await import('../dist/src/cli/main.js')
