import { glueFiles } from './glue.js'
import { arrows, circles, importEdges, privatePartFiles, rooms } from './imports.js'
import { filesThatSpellOut, nouns } from './nouns.js'
import type { SourceFile } from './source-file.js'

/** One number about the structure of `src`, with its limit. */
export interface StructureMeasure {
  name: string
  value: number
  /** The largest value that is allowed; undefined: reported only. */
  limit?: number
  /** The smallest value that is allowed; 0 where undefined. */
  min?: number
  /** What makes up the value, for --verbose. */
  details: readonly string[]
}

const maxLines = 260

export function measureStructure(files: readonly SourceFile[]): StructureMeasure[] {
  const product = files.filter(({ isProduct }) => isProduct)
  const bySize = product.toSorted((a, b) => b.lines - a.lines)
  const privateParts = privatePartFiles(files)
  const roomNames = rooms(files)
  const arrowNames = arrows(files)
  const edges = importEdges(files)
  const circleList = circles(files)
  const glue = glueFiles(files)
  return [
    {
      name: 'files < 50 lines, one importer next door, in no test',
      value: privateParts.length,
      limit: 10,
      details: privateParts,
    },
    ...nouns.map((noun) => {
      const paths = filesThatSpellOut(noun, files)
      // A noun without a home also misses the limit: it was renamed, or its fields are in several declarations.
      return {
        name: `files that spell out: ${noun.name}`,
        value: paths.length,
        min: 1,
        limit: 1,
        details: paths,
      }
    }),
    { name: 'rooms', value: roomNames.length, limit: 15, details: roomNames },
    { name: 'arrows between rooms', value: arrowNames.length, limit: 82, details: arrowNames },
    {
      name: 'circles of imports',
      value: circleList.length,
      limit: 0,
      details: circleList.map((circle) => circle.join(' ⇄ ')),
    },
    {
      // Per file, so that the limit also holds for a larger product. It grows a little with the number of files.
      name: 'import statements per file',
      value: edges.reduce((sum, { statements }) => sum + statements, 0) / product.length,
      limit: 5.1,
      details: [],
    },
    { name: 'pairs of files with an import', value: edges.length, details: [] },
    {
      name: 'lines of the largest file',
      value: bySize[0]?.lines ?? 0,
      limit: maxLines,
      details: bySize.filter(({ lines }) => lines > maxLines).map(({ path, lines }) => `${path}: ${lines}`),
    },
    {
      name: 'files whose exports have nothing in common',
      value: glue.length,
      limit: 0,
      details: glue.map(({ path, groups }) => `${path}: ${groups.map((g) => g.join(', ')).join(' | ')}`),
    },
    { name: 'files', value: product.length, details: [] },
    { name: 'median lines', value: bySize[Math.floor(bySize.length / 2)]?.lines ?? 0, details: [] },
    { name: 'lines', value: product.reduce((sum, { lines }) => sum + lines, 0), details: [] },
  ]
}

export function isWithinLimit({ value, limit, min = 0 }: StructureMeasure): boolean {
  return limit === undefined || (min <= value && value <= limit)
}
