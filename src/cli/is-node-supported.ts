/** What package.json asks for under `engines`, which is what the dependencies need. */
export const supportedNode = '20.19, 22.12 or newer'

/** Can this version of Node.js (as in `process.versions.node`) run the commands? */
export function isNodeSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major === 20) return minor >= 19
  if (major === 22) return minor >= 12
  return major > 22
}
