import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testCertificate, testKey } from '../load/testing/test-certificate.test.support.js'
import { embeddedDefaults } from '../server/embedded/embedded-config.js'
import { EmbeddedServer } from '../server/embedded/embedded-server.js'
import { probePort } from '../system/ports.js'
import { unusedPort } from '../system/unused-port.test.support.js'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** Where nginx is, on systems that have it; a user's PATH often lacks /usr/sbin. */
function findNginx(): string | undefined {
  return ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((file) => {
    try {
      execFileSync(file, ['-v'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

const nginx = findNginx()
const apiKey = 'nginx-key-secret'

/** A gateway with a Host rule, a path prefix, an API key and no /ping; one with TLS; one that closes idle connections. */
function configuration(
  folder: string,
  ports: Record<'gateway' | 'tls' | 'idle', number>,
  server: number,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  const pass = 'proxy_http_version 1.1; proxy_set_header Connection "";'
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events {}
http {
  access_log off; client_max_body_size 10m; ${temporary}
  upstream server { server 127.0.0.1:${server}; keepalive 8; }
  server { listen 127.0.0.1:${ports.gateway} default_server; location / { return 404 "no such site"; } }
  server {
    listen 127.0.0.1:${ports.gateway}; server_name app.example.com;
    location /ml/predictions/ {
      if ($http_x_api_key != "${apiKey}") { return 401 "api key"; }
      ${pass} proxy_pass http://server/predictions/;
    }
    location / { return 404; }
  }
  server {
    listen 127.0.0.1:${ports.tls} ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
    ssl_client_certificate ${folder}/cert.pem; ssl_verify_client on;
    location / { ${pass} proxy_pass http://server; }
  }
  server { listen 127.0.0.1:${ports.idle}; keepalive_timeout 200ms; location / { ${pass} proxy_pass http://server; } }
}
`
}

// Without nginx these tests are shown as skipped.
describe.skipIf(nginx === undefined)('behind nginx', () => {
  let folder = ''
  let gateway: ChildProcess | undefined
  let server: EmbeddedServer
  let ports = { gateway: 0, tls: 0, idle: 0 }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-nginx-'))
    const archive = {
      file: 'm.mar',
      modelName: 'resnet-18',
      service: { tauMs: 2, alphaMs: 1, jitter: 0 },
      faults: [],
    }
    server = new EmbeddedServer({ ...embeddedDefaults, archives: [archive] })
    const { inferencePort } = await server.open()
    const model = server.register({
      url: 'm.mar',
      serverBatchSize: 2,
      maxBatchDelayMs: 10,
      responseTimeoutS: 60,
    })
    model.scaleTo(1)
    await model.whenReady()
    ports = { gateway: await unusedPort(), tls: await unusedPort(), idle: await unusedPort() }
    await writeFile(join(folder, 'cert.pem'), testCertificate)
    await writeFile(join(folder, 'key.pem'), testKey)
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, ports, inferencePort))
    gateway = spawn(nginx!, ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
    while (!('address' in (await probePort('127.0.0.1', ports.idle, 1000)))) await sleep(50)
  })

  afterAll(async () => {
    if (gateway !== undefined) {
      const ended = once(gateway, 'exit')
      gateway.kill()
      await ended
    }
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function bench(server: string, options: { key?: string; load?: string; out?: string } = {}) {
    const scenario = await writeScenario(await temporaryFolder(), {
      'mode: [server, client]': 'mode: server',
    })
    const { key = apiKey, out = join(await temporaryFolder(), 'run'), load } = options
    const args = ['bench', scenario, '--server', server, '--out', out]
    return framestormHere(load === undefined ? args : [...args, '--set', `load=${load}`], {
      env: { API_KEY: key },
    })
  }

  const named = 'headers.host=app.example.com,headers.x-api-key=$env:API_KEY'

  test('a path prefix, a Host rule and an API key, without /ping', async () => {
    const address = `http://127.0.0.1:${ports.gateway}/ml`
    const withPing = await bench(`${address},${named}`)
    expect(withPing).toMatchObject({ code: 3 })
    expect(withPing.stderr).toContain('set server.ready to another path, or to none')
    const wrongKey = await bench(`${address},ready=none,${named}`, { key: 'wrong-key' })
    expect(wrongKey).toMatchObject({ code: 3 })
    expect(wrongKey.stderr).toContain('status 401 api key')
    expect(wrongKey.stderr).toContain('Set server.headers')
    const ended = await bench(`${address},ready=none,${named}`)
    expect([0, 4]).toContain(ended.code)
    expect(ended.stdout + ended.stderr).not.toContain(apiKey)
  }, 240_000)

  test('TLS with a private authority and a client certificate', async () => {
    const address = `https://localhost:${ports.tls}`
    const untrusted = await bench(address)
    expect(untrusted).toMatchObject({ code: 3 })
    expect(untrusted.stderr).toContain('Set server.caFile')
    const anonymous = await bench(`${address},caFile=${folder}/cert.pem`)
    expect(anonymous).toMatchObject({ code: 3 })
    expect(anonymous.stderr).toContain('Set server.certFile and server.keyFile')
    const ended = await bench(
      `${address},caFile=${folder}/cert.pem,certFile=${folder}/cert.pem,keyFile=${folder}/key.pem`,
    )
    expect([0, 4]).toContain(ended.code)
    const plain = await bench(`http://localhost:${ports.tls}`)
    expect(plain).toMatchObject({ code: 3 })
    expect(plain.stderr).toContain('Give its address with https://')
  }, 240_000)

  test('connections that close when a request is due cost no request', async () => {
    const out = join(await temporaryFolder(), 'run')
    const ended = await bench(`http://127.0.0.1:${ports.idle}`, {
      out,
      load: '{ kind: cameras, cameras: 20, fps: 5 }',
    })
    expect([0, 4]).toContain(ended.code)
    const run = await readFile(join(out, 'run.json'), 'utf8')
    expect(run).toContain('"failures": []')
    expect(run).toContain('"connectionsRetried"')
  }, 240_000)
})
