import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { encodePassword, maskAddress, secretWords, starAddresses } from './mask-address.js'

test.each([
  ['rtsp://host:554/1', 'rtsp://host:554/1'],
  ['rtsp://us3r:s3cr@host:554/1', 'rtsp://***@host:554/1'],
  ['rtsp://s3cr@[::1]:554/1', 'rtsp://***@[::1]:554/1'],
  ['rtsp://us3r:s3cr%23t%3F%2F%40x@host/1?channel=1&subtype=0', 'rtsp://***@host/1?channel=1&subtype=0'],
  ['rtsp://us3r:s3c@r@host/1', 'rtsp://***@host/1'],
  ['rtsp://us3r:s3cr#t?/@x@host/1', 'rtsp://***'],
  ['rtsp://us3r:s3cr#t@host/1', 'rtsp://***@host/***'],
  ['rtsp://us3r:5/4@host/1', 'rtsp://***'],
  ['rtsp://host/user=us3r&password=s3cr#t?/x&channel=1', 'rtsp://host/***'],
  ['rtsp://host/user=us3r_password=s3cr_channel=1_stream=0.sdp', 'rtsp://host/***'],
  ['rtsp://host/0/us3r:s3cr/main', 'rtsp://host/0/***'],
  ['rtsps://host:7441/aB3dE5gH7jK9mN1p?enableSrtp', 'rtsps://host:7441/***'],
  ['http://host/video.mjpg?user=us3r&pwd=s3cr#t?/x', 'http://host/video.mjpg?***'],
  ['http://host/video.mjpg?user=us3r&pwd=s3cr#t?/@x', 'http://***'],
  ['srt://host:9000?passphrase=s3cr&latency=200', 'srt://host:9000?***'],
  ['http://host/video.mjpg#s3cr', 'http://host/video.mjpg#***'],
  ['rtsp://$env:CAM_USER:$env:CAM_PASS@host/1', 'rtsp://$env:CAM_USER:$env:CAM_PASS@host/1'],
  ['rtsp://$env:TOKEN@host/1', 'rtsp://$env:TOKEN@host/1'],
  ['rtsp://us3r:$env:CAM_PASS@host/1', 'rtsp://***@host/1'],
  ['http://host/a?user=$env:U&pwd=$env:P&channel=1', 'http://host/a?user=$env:U&pwd=$env:P&channel=1'],
  ['http://host/a?user=$env:U&pwd=s3cr', 'http://host/a?***'],
  [
    'rtsp://host/user=$env:{CAM_U}_password=$env:{CAM_P}_channel=1',
    'rtsp://host/user=$env:{CAM_U}_password=$env:{CAM_P}_channel=1',
  ],
  ['rtsp://$env:U:s3cr$env:P@host/1', 'rtsp://***@host/1'],
  ['clips/me@home=1.mp4', 'clips/me@home=1.mp4'],
  ['file:///a/b=c.mp4', 'file:///a/b=c.mp4'],
])('%s is shown as %s', (address, shown) => {
  expect(maskAddress(address)).toBe(shown)
})

test('a secret in any place, written in any way, is masked, and masking twice changes nothing', () => {
  const filler = fc.stringMatching(/^[#?/@:&=%_.a-z0-9-]{0,6}$/)
  const secret = fc.tuple(filler, filler).map(([before, after]) => `${before}s3cr${after}`)
  const place = fc.constantFrom(
    (one: string) => `rtsp://us3r:${one}@host/path`,
    (one: string) => `rtsp://${one}@host:554/path`,
    (one: string) => `rtsp://host/user=us3r&password=${one}&channel=1`,
    (one: string) => `rtsp://host/user=us3r_password=${one}_channel=1.sdp`,
    (one: string) => `http://host/video?user=us3r&pwd=${one}`,
    (one: string) => `http://host/video?channel=1&token=${one}&fps=5`,
  )
  fc.assert(
    fc.property(place, secret, fc.boolean(), (write, raw, encoded) => {
      const shown = maskAddress(write(encoded ? encodeURIComponent(raw) : raw))
      expect(shown).not.toMatch(/s3cr|us3r/)
      expect(maskAddress(shown)).toBe(shown)
    }),
    { numRuns: 2000 },
  )
})

test('a line of a scenario is starred out in place', () => {
  const line = "source: 'rtsp://us3r:s3cr@host/1' # old"
  expect(starAddresses(line)).toBe("source: 'rtsp://*********@host/1' # old")
  expect(starAddresses('source: http://host/?pwd=s3cr')).toBe(
    `source: http://${'*'.repeat('host/?pwd=s3cr'.length)}`,
  )
  expect(starAddresses('source: http://host/a.mp4')).toBe('source: http://host/a.mp4')
})

test('a raw password becomes percent-encoded where its end is clear', () => {
  expect(encodePassword('rtsp://u:s3cr#t?/@x@host/1')).toBe('rtsp://u:s3cr%23t%3F%2F%40x@host/1')
  expect(encodePassword('rtsp://u:s3cr%23t@host/1')).toBe('rtsp://u:s3cr%23t@host/1')
  expect(encodePassword('rtsp://u:100%@host/1')).toBe('rtsp://u:100%25@host/1')
  expect(encodePassword('rtsp://host:554/1?x=a@b')).toBe('rtsp://host:554/1?x=a@b')
})

test('the words of an address that must not be quoted', () => {
  expect([...secretWords('rtsp://us3r:s3cr%23t0@host/1')].toSorted()).toEqual(['23t0', 's3cr', 't0', 'us3r'])
})
