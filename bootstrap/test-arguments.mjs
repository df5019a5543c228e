/**
 * What vitest takes for what a person writes: tests run on the compiled code, so that `src/load/http` stays a filter
 * on paths and `src/load/http/connection.test.ts` becomes the compiled file.
 */
export function testArguments(args) {
  return args.map((arg) => {
    const [, path] = /^(?:\.\/)?((?:src|bench)\/.*)\.ts$/.exec(arg) ?? []
    return path === undefined ? arg : `dist/${path}.js`
  })
}
