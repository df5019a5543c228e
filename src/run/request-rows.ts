import type { RequestColumns } from './sample-columns.js'

const absent = -1

/** Where each request stands in the columns, which are in order of completion: row = rows[request], −1 if nowhere. */
export function requestRows(requests: RequestColumns): Int32Array {
  let largest = -1
  for (let row = 0; row < requests.count; row++) largest = Math.max(largest, requests.request[row]!)
  const rows = new Int32Array(largest + 1).fill(absent)
  for (let row = 0; row < requests.count; row++) rows[requests.request[row]!] = row
  return rows
}
