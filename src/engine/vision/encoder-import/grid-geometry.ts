/** Recognising a grid of cells in a tensor's shape. */

export interface GridTensor {
  tensor: string
  type: 'float32' | 'float16'
  /** tokens: [n, extra + rows × columns, width]; the maps are [n, width, rows, columns] and [n, rows, columns, width] */
  layout: 'tokens' | 'channels-first' | 'channels-last'
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

/** The grid that a tensor of these sizes can be for images of `height` × `width`; undefined: none. */
export function gridGeometry(dims: readonly number[], height: number, width: number): Geometry | undefined {
  if (dims.length === 4) return mapGeometry(dims, height, width)
  if (dims.length === 3) return tokenGeometry(dims[1], dims[2], height, width)
  return undefined
}

function mapGeometry([, second, third, fourth]: readonly number[], height: number, width: number): Geometry | undefined {
  const fits = (rows: number, columns: number, channels: number): boolean =>
    // A map has more channels than rows; attention's [n, heads, tokens, tokens] has not.
    isGrid(rows, columns, height, width) && channels >= Math.max(fewestChannels, rows)
  if (fits(third, fourth, second)) return { layout: 'channels-first', extra: 0, rows: third, columns: fourth, width: second }
  if (fits(second, third, fourth)) return { layout: 'channels-last', extra: 0, rows: second, columns: third, width: fourth }
  return undefined
}

function tokenGeometry(tokens: number, channels: number, height: number, width: number): Geometry | undefined {
  if (channels < fewestChannels) return undefined
  const found = cellsOf(tokens, height, width)
  // [n, channels, cells] where the channels happen to be a square, too: which is which cannot be told.
  if (found === undefined || (tokens > channels && cellsOf(channels, height, width) !== undefined)) return undefined
  return { layout: 'tokens', ...found, width: channels }
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
