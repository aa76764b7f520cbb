/** Which points lie within a line that was drawn around them. */

/** Is a spot inside? Counts how often a ray from it crosses the line (even–odd), which closes itself. `line`: x and y of each corner. */
export function isInside(line: readonly number[], x: number, y: number): boolean {
  let inside = false
  const corners = line.length / 2
  for (let corner = 0, before = corners - 1; corner < corners; before = corner++) {
    const [x1, y1] = [line[2 * corner], line[2 * corner + 1]] as [number, number]
    const [x2, y2] = [line[2 * before], line[2 * before + 1]] as [number, number]
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside
  }
  return inside
}

/** Places of the points inside, of x and y behind each other. */
export function placesInside(line: readonly number[], points: Float32Array): number[] {
  if (line.length < 6) return []
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let at = 0; at < line.length; at += 2) {
    left = Math.min(left, line[at] ?? 0)
    right = Math.max(right, line[at] ?? 0)
    low = Math.min(low, line[at + 1] ?? 0)
    high = Math.max(high, line[at + 1] ?? 0)
  }
  const places: number[] = []
  for (let place = 0; 2 * place < points.length; place++) {
    const x = points[2 * place] ?? 0
    const y = points[2 * place + 1] ?? 0
    if (x >= left && x <= right && y >= low && y <= high && isInside(line, x, y)) places.push(place)
  }
  return places
}
