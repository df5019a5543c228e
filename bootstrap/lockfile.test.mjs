import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))

// npm writes no entry for an optional package that its registry does not offer at that moment, and `npm ci` then
// refuses the lockfile: on every machine, not only on the platform in question.
it('the lockfile holds every package for every platform', () => {
  const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  )
  expect(absent).toEqual([])
})

it('the lockfile names no registry: it holds behind any of them', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
})
