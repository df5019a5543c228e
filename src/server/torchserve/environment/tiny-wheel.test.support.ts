import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'

/** Writes a wheel with one module that installs in a moment and without a network. Returns its path. */
export function tinyWheel(folder: string, { name = 'tiny', version = '1.0', value = 1 } = {}): string {
  const info = `${name}-${version}.dist-info`
  const wheel = zipSync({
    [`${name}.py`]: strToU8(`value = ${value}\n`),
    [`${info}/METADATA`]: strToU8(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`),
    [`${info}/WHEEL`]: strToU8(
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ),
    [`${info}/RECORD`]: strToU8(''),
  })
  const file = join(folder, `${name}-${version}-py3-none-any.whl`)
  writeFileSync(file, wheel)
  return file
}
