/** One way of loading the server: closed or cameras. Times in µs since the start. */
export interface Driver {
  /** Before the start: opens the connections that the load begins with. */
  prepare(): void
  begin(atUs: number): void
  /** Sends what is due. */
  pump(nowUs: number): void
  /** Now and then: deadlines, pauses. */
  tick(nowUs: number): void
  /** True while something that belongs to the window is not answered, failed or dropped. */
  hasPendingOfWindow(): boolean
  /** Nothing more will ever become due, and nothing is open. */
  finished(): boolean
  /** No new requests; with `flush` the partial batches still go. What waits unsent is aborted. */
  stop(nowUs: number, flush: boolean): void
  /** Requests that are on their way. */
  openRequests(): number
  /** Ends all that is open as `aborted` and closes every connection. */
  abort(): void
}
