/** `640x480` as pixels. The schema has refused anything else. */
export function parseSize(size: string): { width: number; height: number } {
  const [width = Number.NaN, height = Number.NaN] = size.split('x').map(Number)
  return { width, height }
}
