/** A figure and how far it may be off. */
export interface ValueRange {
  value: number
  low: number
  high: number
}
