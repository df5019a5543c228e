import { nowUs } from '../../src/system/now-us.js'
import { servePosts } from './post-server.js'

/*
 * Answers each POST after a delay (argument, ms; 0: at once) and logs when the request had arrived as a whole and
 * when the answer left, on the machine's monotonic clock. The answer carries its number as x-request-id, by which
 * the log is joined to the generator's record.
 */
const delayMs = Number(process.argv[2])
const log: { arrivedUs: number; leftUs: number }[] = []

servePosts((socket) => {
  const entry = { arrivedUs: nowUs(), leftUs: Number.NaN }
  const number = (log.push(entry) - 1).toString(16).padStart(32, '0')
  const answer = () => {
    entry.leftUs = nowUs()
    socket.write(`HTTP/1.1 200 \r\nx-request-id: ${number}\r\ncontent-length: 2\r\n\r\n{}`)
  }
  if (delayMs > 0) setTimeout(answer, delayMs)
  else answer()
})

process.on('message', () => process.send?.({ log }))
