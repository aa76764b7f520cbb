/** Student's distribution, from the regularised incomplete beta function. */

/** P(|T| ≥ |t|) for Student's T. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
}

/** I_x(a, b) by its continued fraction (Abramowitz & Stegun 26.5.8), evaluated by Lentz's method. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges fast only on this side of the mean; the other follows by symmetry.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  const nearZero = 1e-300
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || nearZero)
  let fraction = d
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d || nearZero)
    c = 1 + even / c || nearZero
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d || nearZero)
    c = 1 + odd / c || nearZero
    fraction *= c * d
    if (Math.abs(c * d - 1) < 1e-15) break
  }
  return front * fraction
}

/** ln Γ(z) for z > 0: Stirling's series after shifting z above 10 (error below 1e-14). */
function logGamma(z: number): number {
  let shift = 0
  let large = z
  while (large < 10) shift += Math.log(large++)
  const square = 1 / (large * large)
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / large
  return (large - 0.5) * Math.log(large) - large + Math.log(2 * Math.PI) / 2 + series - shift
}

/** The t that |T| exceeds with the probability `p` (0 < p < 1), by bisection; degrees of freedom need not be whole. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  let [low, high] = [0, 1]
  while (studentTwoSided(high, degreesOfFreedom) > p) high *= 2
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2
    if (studentTwoSided(middle, degreesOfFreedom) > p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
