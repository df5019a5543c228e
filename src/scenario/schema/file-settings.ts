import { model } from './model.js'
import { autoServer, embedded, torchserve } from './server.js'
import { urlServer } from './url-server.js'
import { video } from './video.js'

const sections: Record<string, readonly { fields: object }[]> = {
  video: [video],
  server: [autoServer, torchserve, embedded, urlServer],
  model: [model],
}

/** The settings that may name a file, such as `video.source`, and which of their values do. */
export const fileSettings: ReadonlyMap<string, (value: string) => boolean> = new Map(
  Object.entries(sections).flatMap(([section, kinds]) =>
    kinds.flatMap(({ fields }) =>
      Object.entries(fields).flatMap(([name, field]: [string, { isFile?: (value: string) => boolean }]) =>
        field.isFile === undefined ? [] : [[`${section}.${name}`, field.isFile] as const],
      ),
    ),
  ),
)

/** The settings of one section with each file that they name changed. */
export function changeFiles<T extends object>(
  section: string,
  settings: T,
  change: (path: string) => string,
): T
export function changeFiles(section: string, settings: object, change: (path: string) => string): object {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]: [string, unknown]) =>
      typeof value === 'string' && fileSettings.get(`${section}.${name}`)?.(value) === true
        ? [name, change(value)]
        : [name, value],
    ),
  )
}
