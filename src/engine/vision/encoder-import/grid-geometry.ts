/** Recognising a grid of cells in a tensor's shape. */

export interface GridTensor {
  tensor: string
  type: 'float32' | 'float16'
  /** tokens: [n, extra + rows × columns, width], tokens-last: [n, width, extra + rows × columns]; the maps are [n, width, rows, columns] and [n, rows, columns, width] */
  layout: 'tokens' | 'tokens-last' | 'channels-first' | 'channels-last'
  /** tokens before the cells: class, distillation or register tokens */
  extra: number
  rows: number
  columns: number
  width: number
}

/** Tokens that published vision transformers put before the cells: none, class, class and distillation, class and four registers. */
const knownExtras = [0, 1, 2, 5]
const fewestChannels = 8
/** No grid of cells narrower than this many pixels. */
const narrowestCell = 4

export type Geometry = Omit<GridTensor, 'tensor' | 'type'>

/** What the images and the graph tell about its cells. */
export interface Surroundings {
  height: number
  width: number
  /** rows and columns of the maps that the graph's first convolutions make of an image */
  maps: readonly (readonly [number, number])[]
}

/** The grids that a tensor of these sizes can be for images of `height` × `width`; none: it is none. */
export function gridReadings(dims: readonly number[], { height, width }: Surroundings): Geometry[] {
  if (dims.length === 4) return mapReadings(dims, height, width)
  if (dims.length === 3) return tokenReadings(dims, height, width)
  return []
}

/**
 * Of several readings the likeliest: whose cells are those of a map in the graph, else whose cells are patches of a usual side, else all alike. More
 * than one: which is which cannot be told.
 */
export function likeliestReadings(readings: readonly Geometry[], surroundings: Surroundings): Geometry[] {
  const likelihoods = readings.map((reading) => likelihood(reading, surroundings))
  const best = readings.filter((_, index) => likelihoods[index] === Math.max(...likelihoods))
  // Of readings that differ only in where the channels are the first counts, as ONNX writes it.
  return best.filter(({ rows, columns }, index) => best.findIndex((other) => other.rows === rows && other.columns === columns) === index)
}

/** Sides in pixels of the patches of published vision transformers. */
const usualPatches = [8, 14, 16, 32]

function likelihood({ rows, columns }: Geometry, { height, width, maps }: Surroundings): number {
  if (maps.some((map) => map[0] === rows && map[1] === columns)) return 2
  return usualPatches.some((side) => side * rows === height && side * columns === width) ? 1 : 0
}

function mapReadings([, second, third, fourth]: readonly number[], height: number, width: number): Geometry[] {
  const fits = (rows: number, columns: number, channels: number): boolean =>
    // A map has more channels than rows; attention's [n, heads, tokens, tokens] has not.
    isGrid(rows, columns, height, width) && channels >= Math.max(fewestChannels, rows)
  const readings: Geometry[] = []
  if (fits(third, fourth, second)) readings.push({ layout: 'channels-first', extra: 0, rows: third, columns: fourth, width: second })
  if (fits(second, third, fourth)) readings.push({ layout: 'channels-last', extra: 0, rows: second, columns: third, width: fourth })
  return readings
}

function tokenReadings([, second, third]: readonly number[], height: number, width: number): Geometry[] {
  const reading = (layout: 'tokens' | 'tokens-last', tokens: number, channels: number): Geometry[] => {
    const found = channels < fewestChannels ? undefined : cellsOf(tokens, height, width)
    return found === undefined ? [] : [{ layout, ...found, width: channels }]
  }
  return [...reading('tokens', second, third), ...reading('tokens-last', third, second)]
}

function cellsOf(tokens: number, height: number, width: number): Pick<Geometry, 'extra' | 'rows' | 'columns'> | undefined {
  for (const extra of knownExtras) {
    const rows = Math.round(Math.sqrt(((tokens - extra) * height) / width))
    const columns = Math.round((rows * width) / height)
    if (rows * columns === tokens - extra && isGrid(rows, columns, height, width)) return { extra, rows, columns }
  }
  return undefined
}

function isGrid(rows: number, columns: number, height: number, width: number): boolean {
  return rows >= 2 && columns >= 2 && rows * narrowestCell <= height && columns * narrowestCell <= width && Math.abs(rows / columns - height / width) < 0.1
}
