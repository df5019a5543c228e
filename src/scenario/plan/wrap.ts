/**
 * Breaks a text between words, and within words that are longer than a line.
 *
 * @param indent spaces in front of the first line
 * @param hanging spaces in front of the others (default: as the first)
 */
export function wrap(
  text: string,
  {
    indent = 0,
    hanging = indent,
    columns = 80,
  }: { indent?: number; hanging?: number; columns?: number } = {},
): string {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ' '.repeat(hanging)
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
    for (; line.length > columns; line = ' '.repeat(hanging) + line.slice(columns))
      lines.push(line.slice(0, columns))
  }
  return [...lines, line].join('\n')
}
