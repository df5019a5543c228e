import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, in a clone as in an installed package: dist/src lies two levels below it. */
export const packageRoot = fileURLToPath(new URL('../../..', import.meta.url))

const manifest: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)
export const packageVersion = manifest.version
