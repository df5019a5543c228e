// `npm run bench -- X` is `node bootstrap/run.mjs bench X`: installs what is missing, then runs the command line.
import { install } from './install.mjs'
import { settleScenarioPaths } from './settle-scenario-paths.mjs'

await install()
process.argv.splice(2, Infinity, ...settleScenarioPaths(process.argv.slice(2)))
await import('../dist/src/cli/main.js')
