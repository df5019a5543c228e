import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Endpoint } from '../../src/server/endpoint.js'
import { acceptsConnections, freePort } from './free-port.js'
import { pinned } from './pinned.js'

export interface Nginx {
  endpoint: Endpoint
  stop(): Promise<void>
}

/**
 * nginx that takes any body and answers 200 with `answer`; undefined where it is not installed. Its head buffer has
 * room for a whole frame: read by nginx's 4 KB at a time, the server would be the limit of what is measured. So would it be
 * with room for few connections: many cameras that begin at once open thousands within a second.
 */
export async function startNginx(
  folder: string,
  core: number | undefined,
  answer = '',
): Promise<Nginx | undefined> {
  const { exitCode } = await execa('nginx', ['-v'], { reject: false })
  if (exitCode !== 0) return undefined
  const prefix = await mkdtemp(join(folder, 'nginx-'))
  const port = await freePort()
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${prefix}/${name};`,
  )
  const configuration = `
    daemon off; master_process off; pid ${prefix}/pid; error_log ${prefix}/error.log;
    events { worker_connections 16384; multi_accept on; }
    http {
      access_log off; client_max_body_size 100m; keepalive_timeout 3600; keepalive_requests 1000000000;
      client_header_buffer_size 64k;
      ${temp.join(' ')}
      server { listen 127.0.0.1:${port} backlog=4096; location / { return 200 '${answer}'; } }
    }`
  const file = join(prefix, 'nginx.conf')
  await writeFile(file, configuration)
  const child = execa(...pinned(core, 'nginx', ['-p', prefix, '-c', file]), {
    reject: false,
    stdio: 'ignore',
  })
  await acceptsConnections(port, 'nginx')
  return {
    endpoint: { protocol: 'http', api: 'torchserve', tls: false, host: '127.0.0.1', port, path: '/' },
    async stop() {
      child.kill()
      await child
    },
  }
}
