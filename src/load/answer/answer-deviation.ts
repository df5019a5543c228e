/** The numbers of one result by label: object keys and list indices, joined by `/`. */
export type AnswerNumbers = Record<string, number>

export function answerNumbers(result: unknown): AnswerNumbers {
  const numbers: AnswerNumbers = Object.create(null)
  collect(result, '', numbers)
  return numbers
}

function collect(value: unknown, label: string, into: AnswerNumbers): void {
  if (typeof value === 'number') into[label] = value
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      collect(item, label === '' ? key : `${label}/${key}`, into)
  }
}

/**
 * The largest distance between two results for the same frame, compared by label; NaN if neither has numbers.
 *
 * A top-k answer names only its k largest scores, so the score of a label that one side lacks is at most the smallest
 * score of that side. The smallest possible distance is used. Equal scores at the end of the list can then swap without
 * a deviation, while an answer to another frame still shows the full distance.
 */
export function answerDeviation(answer: AnswerNumbers, reference: AnswerNumbers): number {
  const largest = Math.max(oneSided(answer, reference), oneSided(reference, answer))
  return largest === Number.NEGATIVE_INFINITY ? Number.NaN : largest
}

function oneSided(from: AnswerNumbers, to: AnswerNumbers): number {
  const others = Object.values(to)
  // If the other side has no numbers at all, its values count as 0.
  const smallest = others.length === 0 ? 0 : Math.min(...others)
  let largest = Number.NEGATIVE_INFINITY
  for (const [label, value] of Object.entries(from)) {
    const other = to[label]
    const distance = other === undefined ? Math.max(0, value - smallest) : Math.abs(value - other)
    largest = Math.max(largest, distance)
  }
  return largest
}
