import type { Random } from '../../src/system/seeded-random.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const oddNumbers = [-1, 0, 0.5, 1e9, 2 ** 31, 2 ** 53, 1e308, -1e308]
const oddTexts = [
  '',
  '*',
  '>',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '\u0000',
  '\r\nx: y',
  '\ud800',
  '$env:HOME',
  '$env:NATS_TOKEN',
  '127.0.0.1',
  'x'.repeat(100_000),
]

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!
}

/** A value of another type, size or form. */
function oddValue(random: Random): Json {
  const depth = Math.floor(random() * 500)
  return pick<() => Json>(random, [
    () => null,
    () => random() < 0.5,
    () => pick(random, oddNumbers),
    () => pick(random, oddTexts),
    () => [],
    () => ({}),
    () => Array.from({ length: Math.floor(random() * 1000) }, () => 1),
    () => Array.from({ length: depth }).reduce<Json>((inner) => [inner], 1),
    (): Json => JSON.parse(`{"__proto__":{"protocol":1},"constructor":1}`),
  ])()
}

/** Replaces, removes or adds one value somewhere in a message. */
function changed(value: Json, random: Random): Json {
  const isLeaf = typeof value !== 'object' || value === null || random() < 0.15
  if (isLeaf)
    return typeof value === 'number' && random() < 0.5
      ? value + Math.floor(random() * 9) - 4
      : oddValue(random)
  if (Array.isArray(value)) {
    const at = Math.floor(random() * (value.length + 1))
    return value.toSpliced(at, 1, changed(value[at] ?? null, random))
  }
  const keys = Object.keys(value)
  const key = random() < 0.1 ? pick(random, oddTexts) : pick(random, keys)
  if (random() < 0.15) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  return { ...value, [key]: changed(value[key] ?? null, random) }
}

/**
 * A message that is nearly one of these: one to four of its values changed, or its bytes cut, flipped or repeated. Some
 * stay as they are, and some are nothing but random bytes.
 */
export function hostileMessage(valid: readonly unknown[], random: Random): Uint8Array {
  let message: Json = JSON.parse(JSON.stringify(pick(random, valid)))
  const kind = random()
  if (kind < 0.02) return Uint8Array.from({ length: Math.floor(random() * 2000) }, () => random() * 256)
  const changes = kind < 0.06 ? 0 : 1 + Math.floor(random() * 4)
  for (let i = 0; i < changes; i++) message = changed(message, random)
  const bytes = Buffer.from(JSON.stringify(message) ?? '')
  if (kind > 0.9) return bytes.subarray(0, Math.floor(random() * bytes.length))
  if (kind > 0.85 && bytes.length > 0)
    bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8)
  if (kind > 0.83 && kind < 0.85) return Buffer.concat([bytes, bytes])
  return bytes
}
