import type { LoadSettings } from '../../scenario/schema/settings.js'
import type { PointVerdict } from '../verdict/measure-cameras.js'

/** What happens, for whoever shows it. */
export type CapacityEvent =
  | { kind: 'setting'; setting: string; number: number; of: number }
  | { kind: 'calibrating'; load: LoadSettings }
  | { kind: 'simulating'; upTo: number }
  | { kind: 'tuning'; candidate: number; of: number }
  | { kind: 'measuring'; cameras: number; repetition: number; windowS: number }
  | { kind: 'verdict'; verdict: PointVerdict }
