/**
 * How answers of a run are compared with what the same frame answered alone, before the load; or why they are not.
 * Stored in the manifest, because the tolerance decides which answers count as wrong.
 */
export type AnswerReference =
  | {
      state: 'on'
      /** Frames of the clip that have a reference answer, spread evenly. */
      frames: number
      /** Largest distance seen between a frame's answer alone and beside other frames, in a request or in a batch. */
      noise: number
      /** Distance between the two most alike answers of different frames. */
      nearestDifferent: number
      /** Distances above this are wrong answers. */
      tolerance: number
      /** nearestDifferent ÷ tolerance: how surely an answer to another frame is noticed; at least 2. */
      power: number
      /** Frames that, asked for together with others, were given another frame's answer; absent where none was. */
      mixedUp?: number
    }
  | { state: 'off'; reason: string }
