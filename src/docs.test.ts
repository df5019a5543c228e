import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const folders = ['.ci', '.github', 'bench', 'bootstrap', 'docs', 'fixtures', 'scenarios', 'src']
const files = folders
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
      join('/', folder, path),
    ),
  )
  .concat(readdirSync(root).map((name) => `/${name}`))

const read = (page: string) => readFileSync(join(root, page), 'utf8')

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!)
}

/** As GitHub names the headings of a page. */
function anchors(markdown: string): string[] {
  return matches(markdown, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('%s links to pages, headings and files that exist', (page) => {
  const broken = matches(read(page), /\]\(([^)\s]+)\)/g)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path, anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path!)
      return (
        !existsSync(join(root, target)) || (anchor !== undefined && !anchors(read(target)).includes(anchor))
      )
    })
  expect(broken).toEqual([])
})

test.each(pages)('%s names source files, folders and scenarios that exist', (page) => {
  const text = read(page)
  const paths = matches(text, new RegExp(String.raw`(?<![\w./-])((?:${folders.join('|')})/[\w./-]*\w)`, 'g'))
  // `load-scenario.ts` alone, or with a part of its folder: the end of some path.
  const ends = matches(text, /`([\w./-]+\.(?:ts|mjs|md))`/g).filter((name) => !isOutput(name))
  const missing = [
    ...paths.filter((path) => !existsSync(join(root, path))),
    ...ends.filter((name) => !files.some((file) => file.endsWith(`/${name}`))),
  ]
  expect(missing).toEqual([])
})

/** Markdown that a run or a gate writes. */
function isOutput(name: string): boolean {
  return ['summary.md', 'gate.md'].includes(name)
}

test.each(pages)('%s names npm scripts that exist', (page) => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
  const missing = matches(read(page), /\bnpm run ([\w:-]+)/g).filter((name) => !(name in scripts))
  expect(missing).toEqual([])
})

test('the npm scripts start programs that exist', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
  const programs = Object.values(scripts).flatMap((script) => [
    ...matches(script, /(bootstrap\/[\w-]+\.mjs)/g),
    ...matches(script, /run-built\.mjs ([\w/-]+)\.js/g).map((path) => `${path}.ts`),
  ])
  expect(programs.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('ARCHITECTURE.md describes each room of src, and no other', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const described = matches(read('ARCHITECTURE.md'), /^\| `([a-z-]+)` \|/gm)
  expect(described.toSorted()).toEqual(rooms.map(({ name }) => name).toSorted())
})
