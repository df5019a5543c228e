/** What package.json asks for under `engines`; the oldest is what the dependencies themselves need. */
export const wantedNode = '20.19, 22.12 or newer'

/** Is this version of Node.js new enough? */
export function isNodeNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major === 20) return minor >= 19
  if (major === 22) return minor >= 12
  return major > 22
}
