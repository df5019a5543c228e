/** Would lead Python to other packages than the environment's, or pip to another place than the environment. */
const misleading = new Set([
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
])

/**
 * The variables for the environment's own Python and pip: the user's, proxies and indexes included, without what
 * would install elsewhere. Pure.
 *
 * @param temp where pip unpacks what it downloads
 */
export function pythonEnvironment(own: NodeJS.ProcessEnv, temp?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !misleading.has(name))
  return {
    ...Object.fromEntries(kept),
    // A `user = true` in pip's configuration fails in every virtual environment.
    PIP_USER: '0',
    PYTHONUNBUFFERED: '1',
    ...(temp !== undefined && { TMPDIR: temp }),
  }
}
