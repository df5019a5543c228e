import type { SourceFile } from './source-file.js'

/** Imports between product files, each pair once. Starting a file as a thread or a process is not an import. */
export function importEdges(
  files: readonly SourceFile[],
): { from: string; to: string; statements: number }[] {
  const product = new Set(files.filter(({ isProduct }) => isProduct).map(({ path }) => path))
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ target, statements }) => product.has(path) && product.has(target) && statements > 0)
      .map(({ target, statements }) => ({ from: path, to: target, statements })),
  )
}

/** The room of a file: its first folder, or its name where it lies in `src` itself. */
function roomOf(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '')
}

/** The folders of `src`. A file beside them, which only exports, is no room. */
export function rooms(files: readonly SourceFile[]): string[] {
  const inFolders = files.filter(({ isProduct, path }) => isProduct && path.includes('/'))
  return [...new Set(inFolders.map(({ path }) => roomOf(path)))]
}

/** Ordered pairs of different rooms with an import from the first to the second, each once: `gate → run`. */
export function arrows(files: readonly SourceFile[]): string[] {
  const pairs = importEdges(files)
    .map(({ from, to }) => [roomOf(from), roomOf(to)])
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} → ${to}`)
  return [...new Set(pairs)].toSorted()
}

/**
 * Small files that one neighbour alone imports and that no test imports: private parts of that neighbour. A file that
 * is started as a thread or a process must be a separate file.
 */
export function privatePartFiles(files: readonly SourceFile[], belowLines = 50): string[] {
  return files
    .filter(({ path, isProduct, lines }) => {
      const importers = files.filter(({ imports }) => imports.some(({ target }) => target === path))
      const [first, ...others] = importers
      return (
        isProduct &&
        lines < belowLines &&
        first?.isProduct === true &&
        others.length === 0 &&
        folderOf(first.path) === folderOf(path) &&
        first.imports.some(({ target, statements }) => target === path && statements > 0)
      )
    })
    .map(({ path }) => path)
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** Groups of files that import each other in a circle (strongly connected components, R. Tarjan 1972). */
export function circles(files: readonly SourceFile[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of importEdges(files)) targets.set(from, [...(targets.get(from) ?? []), to])
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  for (const file of targets.keys()) if (!index.has(file)) visit(file)
  return found

  function visit(file: string): void {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    stack.push(file)
    for (const target of targets.get(file) ?? []) {
      if (!index.has(target)) visit(target)
      if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!))
    }
    if (low.get(file) !== index.get(file)) return
    const members = stack.splice(stack.indexOf(file))
    if (members.length > 1) found.push(members.toSorted())
  }
}
