import { distance } from 'fastest-levenshtein'

/**
 * The known name that was probably meant, ignoring case and separators. At most a third of its letters, or two, may
 * differ. Undefined if no name is close.
 */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined
  let least = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const name of known) {
    const edits = distance(plain(written), plain(name))
    if (edits < least && edits < name.length) {
      least = edits
      nearest = name
    }
  }
  return nearest
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** The suffix `; did you mean NAME?` for a message; empty if no name is close. */
export function didYouMean(written: string, known: readonly string[]): string {
  const nearest = nearestName(written, known)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
