/**
 * Upper bound of the mean latency, ms, of one server that always takes all waiting requests as its next batch, with
 * service time τ + α·b and Poisson arrivals: min(φ₀, φ₁) of Y. Inoue, "Queueing analysis of GPU-based inference servers
 * with dynamic batching: a closed-form characterization", Performance Evaluation 147 (2021), arXiv 1912.06322. Infinity
 * from saturation (λα = 1) on.
 */
export function inoueBoundMs(arrivalsPerMs: number, tauMs: number, alphaMs: number): number {
  const load = arrivalsPerMs * alphaMs
  if (load >= 1) return Infinity
  const lambdaTau = arrivalsPerMs * tauMs
  const phi0 = ((alphaMs + tauMs) / (2 * (1 - load))) * (1 + 2 * lambdaTau + (1 - lambdaTau) / (1 + load))
  const phi1 = (1.5 * tauMs) / (1 - load) + ((alphaMs / 2) * (load + 2)) / (1 - load ** 2)
  return Math.min(phi0, phi1)
}
