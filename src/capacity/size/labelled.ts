/**
 * Where a figure comes from. `measured`: on the server itself, at this rate and SLO. `interpolated`: between two
 * measurements. `simulated`: from a model that was fitted to measurements.
 */
export type Basis = 'measured' | 'interpolated' | 'simulated'

export interface Labelled {
  value: number
  basis: Basis
}

const strength: Basis[] = ['measured', 'interpolated', 'simulated']

/** A figure that follows from several is no better founded than the weakest of them. */
export function weakest(...bases: Basis[]): Basis {
  return bases.reduce((one, other) => (strength.indexOf(other) > strength.indexOf(one) ? other : one))
}
