import type * as z from 'zod'
import { UserError, type UserErrorParts } from '../../system/user-error.js'

/** A part of a text: offsets in UTF-16 units, `end` exclusive. */
export interface Piece {
  start: number
  end: number
}

/** A syntax error in one of the small languages of a scenario: servers, faults, thresholds. */
export class GrammarError extends UserError {
  /** The place in the text; undefined means the whole text. */
  readonly piece: Piece | undefined
  /** True if the name of the field is wrong, not its value. */
  readonly ofName: boolean
  /** True if the value may be a secret, which no output may repeat. */
  readonly secret: boolean

  constructor(
    message: string,
    parts: Pick<UserErrorParts, 'expected' | 'received' | 'remedy'>,
    {
      piece,
      ofName = false,
      secret = false,
    }: { piece?: Piece | undefined; ofName?: boolean; secret?: boolean } = {},
  ) {
    super(message, parts)
    this.piece = piece
    this.ofName = ofName
    this.secret = secret
  }
}

/**
 * Runs a parser inside a refinement of the schema, so that its error is reported together with all others of the
 * scenario.
 * @returns undefined if the text is not valid
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
      params: {
        expected,
        received,
        remedy,
        piece: error.piece,
        unknownKey: error.ofName,
        ...(error.secret && { secret: true }),
      },
    })
    return undefined
  }
}
