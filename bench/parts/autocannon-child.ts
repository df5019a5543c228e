import { randomBytes } from 'node:crypto'
import autocannon from 'autocannon'

/** Arguments: URL, connections, seconds, bytes of the body. Prints requests a second. */
const [url = '', connections, seconds, bodyBytes] = process.argv.slice(2)
const result = await autocannon({
  url,
  method: 'POST',
  headers: { 'content-type': 'image/jpeg' },
  body: randomBytes(Number(bodyBytes)),
  connections: Number(connections),
  duration: Number(seconds),
})
process.stdout.write(String(result['2xx'] / result.duration))
