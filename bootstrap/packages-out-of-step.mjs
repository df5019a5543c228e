/**
 * The folders under node_modules that differ from the lockfile; empty if none does.
 *
 * npm writes node_modules/.package-lock.json as the last step of an installation. Without it, an installation was
 * interrupted. Optional packages may be absent: their installation may fail, and most are for other platforms.
 *
 * @param lock package-lock.json
 * @param installed node_modules/.package-lock.json, undefined if there is none
 * @param machine `{ platform, arch }`, and `has(path)`: whether there is a package in this folder
 */
export function packagesOutOfStep(lock, installed, { platform, arch, has }) {
  if (installed === undefined) return ['node_modules']
  const wanted = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.peer,
  )
  const stale = wanted.filter(([path, entry]) => {
    const found = installed.packages[path]
    return found?.version !== entry.version || found.integrity !== entry.integrity || !has(path)
  })
  // A folder that was copied from another machine, or is shared with a container, contains binaries for another
  // platform.
  const foreign = Object.entries(installed.packages).filter(
    ([, { os, cpu }]) => !allows(os, platform) || !allows(cpu, arch),
  )
  return [...stale, ...foreign].map(([path]) => path)
}

/** npm's `os` and `cpu` fields: a list of names, or of names with `!` before them. */
function allows(list, name) {
  if (list === undefined || list.includes('any')) return true
  if (list.includes(`!${name}`)) return false
  return list.includes(name) || list.every((entry) => entry.startsWith('!'))
}
