/** Points in cells, so that the one under the pointer, or the next one in a direction, is found without looking at all of them. */

export interface PointGrid {
  /** The place nearest to a spot within a radius; −1 where there is none. */
  nearest(x: number, y: number, radius: number): number
  /** The places nearest to a point on the map, itself first. */
  around(place: number, count: number): number[]
  /** The nearest point that lies more in a direction (right, up: 1, 0 or −1) than beside it; −1 where there is none. */
  towards(place: number, right: number, up: number): number
}

const side = 128

const cellOf = (value: number): number => Math.min(side - 1, Math.max(0, Math.floor(((value + 1) / 2) * side)))

export function openGrid(points: Float32Array): PointGrid {
  const size = points.length / 2
  const starts = new Int32Array(side * side + 1)
  const cells = new Int32Array(size)
  const x = (place: number): number => points[2 * place] ?? 0
  const y = (place: number): number => points[2 * place + 1] ?? 0
  for (let place = 0; place < size; place++) {
    const cell = cellOf(y(place)) * side + cellOf(x(place))
    cells[place] = cell
    starts[cell + 1] = (starts[cell + 1] ?? 0) + 1
  }
  for (let cell = 0; cell < side * side; cell++) starts[cell + 1] = (starts[cell + 1] ?? 0) + (starts[cell] ?? 0)
  const next = starts.slice()
  const places = new Int32Array(size)
  for (let place = 0; place < size; place++) {
    const cell = cells[place] ?? 0
    const at = next[cell] ?? 0
    places[at] = place
    next[cell] = at + 1
  }
  const squareTo = (place: number, toX: number, toY: number): number => (x(place) - toX) ** 2 + (y(place) - toY) ** 2

  return {
    nearest(toX, toY, radius) {
      let [best, least] = [-1, radius * radius]
      for (let row = cellOf(toY - radius); row <= cellOf(toY + radius); row++) {
        const [from, to] = [starts[row * side + cellOf(toX - radius)] ?? 0, starts[row * side + cellOf(toX + radius) + 1] ?? 0]
        for (let at = from; at < to; at++) {
          const place = places[at] ?? 0
          const square = squareTo(place, toX, toY)
          if (square > least) continue
          least = square
          best = place
        }
      }
      return best
    },
    around(place, count) {
      const squares = Float64Array.from({ length: size }, (_, other) => squareTo(other, x(place), y(place)))
      return Array.from({ length: size }, (_, other) => other)
        .sort((one, other) => (one === place ? -1 : other === place ? 1 : (squares[one] ?? 0) - (squares[other] ?? 0) || one - other))
        .slice(0, count)
    },
    towards(place, right, up) {
      let [best, least] = [-1, Infinity]
      for (let other = 0; other < size; other++) {
        const [acrossX, acrossY] = [x(other) - x(place), y(other) - y(place)]
        const along = acrossX * right + acrossY * up
        const beside = Math.abs(acrossX * up) + Math.abs(acrossY * right)
        if (along <= 0 || beside > along) continue
        const square = acrossX ** 2 + acrossY ** 2
        if (square >= least) continue
        least = square
        best = other
      }
      return best
    },
  }
}
