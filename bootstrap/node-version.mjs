/** The supported versions, as in `engines` of package.json. The dependencies need the oldest of them. */
export const wantedNode = '20.19, 22.12 or newer'

/** Whether this version of Node.js is new enough. */
export function isNodeNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major === 20) return minor >= 19
  if (major === 22) return minor >= 12
  return major > 22
}
