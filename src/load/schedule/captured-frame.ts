/** One tick of one camera. Times in µs since the measurement's start. */
export interface CapturedFrame {
  camera: number
  /** From 0: the how-manieth frame of this camera. */
  tick: number
  capturedUs: number
}
