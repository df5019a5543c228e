import { seededRandom } from '../../src/system/seeded-random.js'
import { servePosts } from './post-server.js'

/*
 * Answers well or badly, by a seed (argument), and logs what it did to which frame: the first 4 bytes of a body are
 * the frame's number.
 */
export type Deed = 'answer' | 'reset' | 'close early' | 'stall' | 'garbage' | '503'

const random = seededRandom(Number(process.argv[2]))
const log: { frame: number; deed: Deed }[] = []

function nextDeed(): Deed {
  const draw = random()
  if (draw < 0.9) return 'answer'
  if (draw < 0.925) return 'reset'
  if (draw < 0.95) return 'close early'
  if (draw < 0.955) return 'stall'
  return draw < 0.975 ? 'garbage' : '503'
}

servePosts((socket, body) => {
  const deed = nextDeed()
  log.push({ frame: body.readUInt32LE(0), deed })
  switch (deed) {
    case 'answer':
      socket.write('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"cat":0.5}')
      break
    case 'reset':
      socket.resetAndDestroy()
      break
    case 'close early':
      socket.end('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"ca')
      break
    case 'stall':
      break
    case 'garbage':
      socket.write('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"cat":0.5]')
      break
    case '503':
      socket.end('HTTP/1.1 503 \r\ncontent-length: 12\r\n\r\n{"code":503}')
      break
  }
})

process.on('message', () => process.send?.({ log }))
