/** How points look, however they are drawn. */

/** Of those that filters leave not, and of the others. */
export const fadedOpacity = 0.18
export const shownOpacity = 0.85

/** Across, in pixels of the page: small where there are many, larger as one goes near. */
export function pointSize(points: number, zoom: number): number {
  const far = points > 50_000 ? 2.5 : points > 5000 ? 3.5 : points > 500 ? 5.5 : 10
  return Math.min(14, far * Math.sqrt(Math.min(zoom, 16)))
}
