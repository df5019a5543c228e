import { join } from 'node:path'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'
import { framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'

const clip = join(packageRoot, 'fixtures/clip.mp4')
const quick = 'embedded:tau=2ms,alpha=1ms'
const stackTrace = /\n\s+at .*\.js:\d+/

/** Starts the embedded server in a process of its own; returns the address of its inference API. */
async function serve(flags: readonly string[] = []): Promise<string> {
  const ports = ['--inference-port', '0', '--management-port', '0', '--metrics-port', '0', '--grpc-port', '0']
  const serving = start(['serve', '--server', quick, ...ports, ...flags])
  onTestFinished(() => void serving.child.kill())
  let said = ''
  serving.child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await serving.says('/metrics')
  return /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? ''
}

describe('stream', () => {
  test.each([
    ['server batching', ['--batch-size', '4'], 'frame 20: {"simulated class'],
    [
      'client batching',
      ['--client-batching', '--batch-size', '4', '--encoding', 'multipart'],
      'frame 20: {"simulated class',
    ],
    [
      'a request template',
      [
        ...['--client-batching', '--batch-size', '4', '--request'],
        '{ json: { n: $count, instances: [ { data: "data:image/jpeg;base64,$frame" } ] } }',
      ],
      'frame 20: {"simulated class',
    ],
    [
      'a single frame in base64',
      ['--batch-size', '4', '--encoding', 'base64'],
      'frame 20: [{"simulated class',
    ],
  ])('%s answers each frame, the last partial batch included', async (_, flags, answer) => {
    const { code, stdout } = await framestormHere([
      ...['stream', '--input', clip, '--server', quick, '--frames', '22', '--size', '64x48'],
      ...flags,
    ])
    expect(stdout).toContain('With Batch Size 4, FPS at frame number 20 is ')
    expect(stdout).toContain(answer)
    expect(stdout).toContain('22 frames read: 22 answered, 0 failed, 0 dropped')
    expect(code).toBe(0)
  })

  test.each([
    [['--request', '{ json: [ $fram ] }'], 'did you mean $frame?'],
    [
      ['--client-batching', '--batch-size', '4', '--request', '{ json: { a: $frame } }'],
      'cannot carry 4 frames',
    ],
    [['--client-batching', '--batch-size', '4', '--encoding', 'raw'], 'cannot carry 4 frames'],
    [['--request', '{ json: [ $frame ] }', '--encoding', 'multipart'], 'contradicts the template'],
    [['--model-version', '1/2'], '--model-version is not valid'],
  ])('%j is refused before anything is started', async (flags, words) => {
    const { code, stdout, stderr } = await framestormHere([
      'stream',
      '--input',
      clip,
      '--server',
      quick,
      ...flags,
    ])
    expect(stderr).toContain(words)
    expect(stderr).not.toContain('starting')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('--model-version asks for that version of a server', async () => {
    const address = await serve()
    const stream = ['stream', '--input', clip, '--frames', '4', '--size', '64x48', '--server', address]
    expect(await framestormHere([...stream, '--model-version', '1.0'])).toMatchObject({ code: 0 })
    const unknown = await framestormHere([...stream, '--model-version', '2.0'])
    expect(unknown.stderr).toContain('the server has no version 2.0 of resnet-18')
    expect(unknown.code).toBe(3)
  })

  test('Ctrl-C prints the totals and ends with 130', async () => {
    const stream = start(['stream', '--input', 'testsrc', '--server', quick, '--size', '64x48'])
    await stream.says('FPS at frame number 20')
    stream.child.kill('SIGINT')
    const { code, stdout } = await stream.ended
    expect(stdout).toMatch(/\d+ frames read: \d+ answered, 0 failed, \d+ dropped/)
    expect(code).toBe(130)
  })

  test('a server that goes away is said for each frame, and fails the command', async () => {
    const { code, stdout } = await framestormHere([
      ...['stream', '--input', clip, '--frames', '30', '--size', '64x48', '--queue-depth', '4'],
      ...['--server', 'embedded:tau=2ms,alpha=1ms,fault.refuse=after-0.5s-for-60s'],
    ])
    expect(stdout).toContain('failed: no connection')
    const [, answered = '', failed = ''] = /: (\d+) answered, (\d+) failed/.exec(stdout) ?? []
    expect(Number(answered) + Number(failed)).toBe(30)
    expect(code).toBe(1)
  })

  test.each([
    ['a file that is missing', 'missing.mp4', 2, 'no such file'],
    ['a capture device that is missing', '/dev/video97', 3, 'capture device cannot be opened'],
  ])('%s', async (_, input, exitCode, words) => {
    const { code, stderr, stdout } = await framestormHere(['stream', '--input', input, '--server', quick])
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(stackTrace)
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
  })

  test('a file that is not there is said before a server is started for it', async () => {
    const { stderr } = await framestormHere(['stream', '--input', 'missing.mp4', '--server', quick])
    expect(stderr).not.toContain('starting')
  })

  test('a file that is no video', async () => {
    const file = join(await temporaryFolder(), 'notes.txt')
    await writeFile(file, 'frames? none\n')
    const { code, stderr } = await framestormHere(['stream', '--input', file, '--server', quick])
    expect(stderr).toContain('ffmpeg cannot read this file as a video')
    expect(code).toBe(2)
  })

  test('a server that wants a token gets the one of --token-env', async () => {
    const keyFile = join(await temporaryFolder(), 'key_file.json')
    const address = await serve(['--key-file', keyFile])
    const stream = ['stream', '--input', clip, '--frames', '4', '--size', '64x48', '--server', address]
    const refused = await framestormHere(stream)
    expect(refused.stderr).toContain('--token-env')
    expect(refused.code).toBe(3)
    const keys = JSON.parse(await readFile(keyFile, 'utf8')) as { inference: { key: string } }
    const env = { CAMERA_TOKEN: keys.inference.key }
    const { code, stdout, stderr } = await framestormHere([...stream, '--token-env', 'CAMERA_TOKEN'], { env })
    expect(stdout).toContain('4 frames read: 4 answered')
    expect(stdout + stderr).not.toContain(keys.inference.key)
    expect(code).toBe(0)
  })
})
