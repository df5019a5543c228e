/**
 * Translates arguments for vitest. Tests run on the compiled code: `src/load/http` remains a filter on paths, and
 * `src/load/http/connection.test.ts` becomes the compiled file.
 */
export function testArguments(args) {
  return args.map((arg) => {
    const [, path] = /^(?:\.\/)?((?:src|bench)\/.*)\.ts$/.exec(arg) ?? []
    return path === undefined ? arg : `dist/${path}.js`
  })
}
