import type * as z from 'zod'
import { UserError, type UserErrorParts } from '../../system/user-error.js'

/** A part of a text: offsets in UTF-16 units, `end` exclusive. */
export interface Piece {
  start: number
  end: number
}

/** What is wrong with a text of one of the small languages of a scenario: a server, a fault, a threshold. */
export class GrammarError extends UserError {
  /** Where in the text; undefined: all of it. */
  readonly piece: Piece | undefined
  /** The name of the field is wrong, and not its value. */
  readonly ofName: boolean

  constructor(
    message: string,
    parts: Pick<UserErrorParts, 'expected' | 'received' | 'remedy'>,
    { piece, ofName = false }: { piece?: Piece; ofName?: boolean } = {},
  ) {
    super(message, parts)
    this.piece = piece
    this.ofName = ofName
  }
}

/**
 * Runs a parser inside of a refinement of the schema, so that its mistake is reported with all others of the scenario.
 *
 * @returns undefined if the text was refused
 */
export function readInSchema<T>(
  context: z.core.$RefinementCtx,
  read: () => T,
  path: PropertyKey[] = [],
): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    const { expected, received, remedy } = error.parts
    context.addIssue({
      code: 'custom',
      path,
      message: error.message,
      params: { expected, received, remedy, piece: error.piece, unknownKey: error.ofName },
    })
    return undefined
  }
}
