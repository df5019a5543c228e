/** `1 camera`, `12 cameras`; `many` is the plural of nouns that do not end in s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
