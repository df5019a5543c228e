const msOfUnit: Record<string, number> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
}

/** `7ms`, `0.5 s`, `800us` in ms; undefined for anything else, a bare number included. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-zµ]+)$/i.exec(text.trim())
  const factor = msOfUnit[match?.[2]?.toLowerCase() ?? '']
  // Rounded to ns: 0.001 × 7 must not read as 0.0070000000000000001.
  return match === null || factor === undefined
    ? undefined
    : Math.round(Number(match[1]) * factor * 1e6) / 1e6
}

/** `5%` or `0.05` as a share from 0 to 1; undefined for anything else. */
export function parseShare(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim())
  if (match === null) return undefined
  const share = match[2] === '%' ? Number(match[1]) / 100 : Number(match[1])
  return share <= 1 ? share : undefined
}
