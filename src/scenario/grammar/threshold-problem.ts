/** What is wrong with one threshold, and where in its text (offsets from 0). Thrown by the parser alone. */
export class ThresholdProblem extends Error {
  readonly start: number
  readonly end: number
  readonly parts: { expected: string; received: string; remedy?: string | undefined }

  constructor(
    message: string,
    at: { token: string; position: number },
    parts: { expected: string; received?: string; remedy?: string | undefined },
  ) {
    super(message)
    this.start = at.position
    this.end = at.position + Math.max(1, at.token.length)
    this.parts = { received: at.token === '' ? 'nothing' : at.token, ...parts }
  }
}
