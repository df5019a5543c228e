import type { SourceFile } from './source-file.js'

export interface GlueFile {
  path: string
  /** The exports, in groups that have nothing to do with each other. */
  groups: string[][]
}

/**
 * Product files whose exports have nothing in common: no caller imports them together, none uses another, and they
 * share no private declaration. Such a file contains unrelated things.
 */
export function glueFiles(files: readonly SourceFile[]): GlueFile[] {
  const importedTogether = new Map<string, Set<string>[]>()
  for (const { target, names } of files.flatMap(({ imports }) => imports)) {
    importedTogether.set(target, [...(importedTogether.get(target) ?? []), names])
  }
  return files
    .filter(({ isProduct }) => isProduct)
    .map((file) => ({ path: file.path, groups: exportGroups(file, importedTogether.get(file.path) ?? []) }))
    .filter(({ groups }) => groups.length > 1)
}

/** `importedTogether` holds, for each importer, the names that it imports. */
function exportGroups(file: SourceFile, importedTogether: Set<string>[]): string[][] {
  const groups = new Groups()
  const local = new Set([...file.exports, ...file.statements.flatMap(({ declares }) => declares)])
  for (const { declares, uses } of file.statements) {
    groups.join([...declares, ...[...uses].filter((name) => local.has(name))])
  }
  for (const names of importedTogether) groups.join(names.has('*') ? file.exports : [...names])
  const roots = [...new Set(file.exports.map((name) => groups.rootOf(name)))]
  return roots.map((root) => file.exports.filter((name) => groups.rootOf(name) === root))
}

/** Sets of names that were joined, directly or through others (union-find). */
class Groups {
  readonly #parent = new Map<string, string>()

  rootOf(name: string): string {
    const parent = this.#parent.get(name)
    return parent === undefined ? name : this.rootOf(parent)
  }

  join([first, ...others]: string[]): void {
    for (const name of others) {
      const [root, other] = [this.rootOf(first!), this.rootOf(name)]
      if (root !== other) this.#parent.set(other, root)
    }
  }
}
