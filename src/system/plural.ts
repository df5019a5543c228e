/** `1 camera`, `12 cameras`; `many` is for nouns that do not take an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
