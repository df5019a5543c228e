/** Controls, line breaks among them: a server's text must not move the cursor or colour the terminal. */
const controls = /\p{Cc}+/gu

/** Text from outside in one line of at most `limit` characters. */
export function printableText(text: string, limit = 400): string {
  const line = text.replaceAll(controls, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
