import type { Condition, ConditionName } from '../../capacity/verdict/judge-run.js'

const words: Record<ConditionName, string> = {
  validity: 'the measurement may not be believed',
  generator: 'the load generator was late or out of CPU',
  lost: 'frames dropped or failed',
  delivered: 'a camera did not get its frames through',
  backlog: 'the backlog grows',
  latency: 'latency of all frames',
  'camera-latency': 'latency of one camera',
}

export function conditionInWords(name: ConditionName): string {
  return words[name]
}

/** `latency of all frames: 112 ms, limit 100 ms`. */
export function conditionWithFigures({ name, seen, limit, unit }: Condition): string {
  if (unit === 'reasons') return words[name]
  return `${words[name]}: ${figure(seen, unit)}, limit ${figure(limit, unit)}`
}

function figure(value: number, unit: Condition['unit']): string {
  if (!Number.isFinite(value)) return 'never answered'
  return unit === 'ms' ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(100 * value).toFixed(2)} %`
}
