/** The functions of jstat that Framestorm uses (https://jstat.github.io/distributions.html), which ships no types. */
declare module 'jstat' {
  interface JStat {
    studentt: {
      /** Quantile p of Student's t. */
      inv(p: number, degreesOfFreedom: number): number
    }
    binomial: {
      /** Probability of at most k successes in n trials. */
      cdf(k: number, n: number, p: number): number
    }
  }
  const jStat: JStat
  export default jStat
}
