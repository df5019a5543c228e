import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'

/** `40.3 FPS (40.2–40.4)`, `350 ms (331–397)`; from one repetition there is no range. */
export function figureInWords(
  { value, low, high, repetitions }: ModeBest,
  metric: ModeComparison['metric'],
): string {
  const [number, unit] = metric === 'fps' ? [fps, 'FPS'] : [ms, 'ms']
  return `${number(value)} ${unit}${repetitions > 1 ? ` (${number(low)}–${number(high)})` : ''}`
}

export function fps(value: number): string {
  return value.toFixed(1)
}

export function ms(value: number): string {
  return value.toFixed(value >= 100 ? 0 : 1)
}

/** `1.07× (1.06–1.08×)` */
export function ratioInWords({ ratio }: ModeComparison): string {
  if (ratio === undefined) return ''
  const [value, low, high] = [ratio.value, ratio.low, ratio.high].map((one) => `${one.toFixed(2)}×`)
  return low === high ? value! : `${value} (${low!.slice(0, -1)}–${high})`
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
