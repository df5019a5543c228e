/** How long a window has to be for so many requests; 2 % more than that, because its edges make their number vary. */
export function secondsToSend(requests: number, requestsPerS: number): number {
  return (1.02 * requests) / requestsPerS
}
