import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { execa } from 'execa'

export interface RtspCamera {
  port: number
  /** The transport of each client that began to play. */
  transports: string[]
  close(): void
}

/** An RTSP camera with a password (RFC 2326, Basic authentication), which sends H.264 over TCP or UDP. */
export async function startRtspCamera(
  ffmpeg: string,
  { user, password }: { user: string; password: string },
): Promise<RtspCamera> {
  const rtp = createSocket('udp4').bind(0, '127.0.0.1')
  await once(rtp, 'listening')
  const video = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25', '-c:v', 'libx264']
  const h264 = ['-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '5', '-pix_fmt', 'yuv420p']
  const to = ['-f', 'rtp', '-payload_type', '96', `rtp://127.0.0.1:${rtp.address().port}?pkt_size=1200`]
  const sender = execa(ffmpeg, ['-loglevel', 'quiet', ...video, ...h264, ...to], {
    reject: false,
    stdin: 'ignore',
  })
  const transports: string[] = []
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const sockets = new Set<Socket>()
  const sdp = `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track\r\n`

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    let text = ''
    let transport = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        answer(text.slice(0, end))
        text = text.slice(end + 4)
      }
    })

    function answer(request: string): void {
      const method = /[A-Z_]+(?= rtsp:)/.exec(request)?.[0]
      const say = (status: string, headers: string[] = [], body = '') =>
        socket.write(
          [
            `RTSP/1.0 ${status}`,
            `CSeq: ${/CSeq: (\d+)/i.exec(request)?.[1]}`,
            'Session: 1',
            ...headers,
            '',
            body,
          ].join('\r\n'),
        )
      if (method !== 'OPTIONS' && !request.includes(`Authorization: ${expected}`)) {
        say('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"'])
      } else if (method === 'DESCRIBE') {
        say('200 OK', ['Content-Type: application/sdp', `Content-Length: ${sdp.length}`], sdp)
      } else if (method === 'SETUP') {
        transport = /Transport: (.*)/i.exec(request)?.[1]?.split(',')[0] ?? ''
        say('200 OK', [`Transport: ${transport}${transport.includes('TCP') ? '' : ';server_port=6970-6971'}`])
      } else {
        say('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'])
        if (method === 'PLAY') play()
      }
    }

    function play(): void {
      const isTcp = transport.includes('TCP')
      transports.push(isTcp ? 'tcp' : 'udp')
      const clientPort = Number(/client_port=(\d+)/.exec(transport)?.[1])
      const forward = (packet: Buffer) => {
        if (!isTcp) return rtp.send(packet, clientPort, '127.0.0.1')
        const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 255])
        return socket.write(Buffer.concat([head, packet]))
      }
      rtp.on('message', forward)
      socket.on('close', () => rtp.off('message', forward))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    transports,
    close() {
      sender.kill('SIGKILL')
      for (const socket of sockets) socket.destroy()
      server.close()
      rtp.close()
    },
  }
}
