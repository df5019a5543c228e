import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, in a clone and in an installed package. This file is three levels below it. */
export const packageRoot = fileURLToPath(new URL('../../..', import.meta.url))

const manifest: { version: string; engines: { node: string } } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)
export const packageVersion = manifest.version
/** The versions of Node.js that package.json allows, as a semver range. */
export const supportedNode = manifest.engines.node
