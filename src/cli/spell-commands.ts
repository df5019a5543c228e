/**
 * Texts name commands as `framestorm bench …`, in backquotes, or alone on an indented line. If this process was started by `npm run` in a clone,
 * there is no such command on the PATH. This function rewrites them to commands that work there.
 */
export function spellCommands(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const script = env['npm_lifecycle_event']
  if (env['npm_package_name'] !== 'framestorm' || (script !== 'bench' && script !== 'framestorm')) return text
  return text.replaceAll(/(`|^ +)framestorm /gm, '$1npm run framestorm -- ')
}
