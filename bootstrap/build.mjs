// `npm run build`, and what `npm pack` does first.
import { install } from './install.mjs'

await install()
