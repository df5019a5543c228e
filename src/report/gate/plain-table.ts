import Table from 'cli-table3'

/** A table without frames, columns two blanks apart; plain text. */
export function plainTable<Column extends string>(
  columns: readonly Column[],
  rows: readonly Record<Column, string>[],
): string {
  const table = new Table({
    head: [...columns],
    chars: { ...Object.fromEntries(borders.map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => columns.map((column) => row[column])))
  // cli-table3 pads the last column too.
  return table.toString().replaceAll(/ +$/gm, '')
}

const borders =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'.split(
    ' ',
  )
