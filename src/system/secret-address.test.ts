import { expect, test } from 'vitest'

import { fillReferences, hideAddress, maskAddresses, revealAddress } from './secret-address.js'

test('a hidden address is found again by its masked form', () => {
  const masked = hideAddress('rtsp://us3r:one@host/1')
  expect(masked).toBe('rtsp://***@host/1')
  expect(revealAddress(masked)).toBe('rtsp://us3r:one@host/1')
  expect(hideAddress('rtsp://us3r:two@host/1')).toBe('rtsp://***2@host/1')
  expect(hideAddress('rtsp://us3r:one@host/1')).toBe(masked)
  expect(hideAddress(masked)).toBe(masked)
  expect(revealAddress('rtsp://***2@host/1')).toBe('rtsp://us3r:two@host/1')
  expect(hideAddress('clip.mp4')).toBe('clip.mp4')
})

test('an address that was hidden by another process cannot be opened', () => {
  expect(() => revealAddress('rtsp://***@other/1')).toThrow('the password of this address is not known')
  expect(revealAddress('clip***.mp4')).toBe('clip***.mp4')
})

test('each address in a text is masked', () => {
  const real = "rtsp://us3r:with space's@host/9"
  hideAddress(real)
  expect(maskAddresses(`cannot open ${real}, http://u:p@h/x and http://h/y`)).toBe(
    'cannot open rtsp://***@host/9, http://***@h/x and http://h/y',
  )
})

test('environment variables are filled in, percent-encoded unless they are the whole address', () => {
  const environment = { CAM_USER: 'us3r', CAM_PASS: 's3cr#t?/@x', CAM: 'rtsp://a:b@host/1' }
  expect(fillReferences('rtsp://$env:CAM_USER:$env:{CAM_PASS}@host/1', environment)).toBe(
    'rtsp://us3r:s3cr%23t%3F%2F%40x@host/1',
  )
  expect(fillReferences('$env:CAM', environment)).toBe('rtsp://a:b@host/1')
  expect(() => fillReferences('rtsp://$env:NONE@host/1', environment)).toThrow(
    'the environment variable NONE is not set',
  )
})
