/**
 * Texts name commands as `framestorm bench …`, in backquotes. Where this process was started by `npm run` in a clone,
 * there is no such command on the PATH: this rewrites them to what can be typed there.
 */
export function spellCommands(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const script = env['npm_lifecycle_event']
  if (env['npm_package_name'] !== 'framestorm' || (script !== 'bench' && script !== 'framestorm')) return text
  return text.replaceAll('`framestorm ', '`npm run framestorm -- ')
}
