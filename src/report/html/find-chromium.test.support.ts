import { existsSync } from 'node:fs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
]

/** The installed Chromium, or the one that `CHROMIUM_BIN` names; undefined where there is none. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM_BIN'] ?? '', ...places].find((place) => place !== '' && existsSync(place))
}
