import { randomBytes } from 'node:crypto'
import autocannon from 'autocannon'

/** Arguments: URL, connections, seconds, bytes of the body. Prints requests a second, and µs of CPU for each. */
const [url = '', connections, seconds, bodyBytes] = process.argv.slice(2)
const result = await autocannon({
  url,
  method: 'POST',
  headers: { 'content-type': 'image/jpeg' },
  body: randomBytes(Number(bodyBytes)),
  connections: Number(connections),
  duration: Number(seconds),
})
const { user, system } = process.cpuUsage()
const figures = { perSecond: result['2xx'] / result.duration, cpuUs: (user + system) / result['2xx'] }
process.stdout.write(JSON.stringify(figures))
