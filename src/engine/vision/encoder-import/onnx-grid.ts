/** Finding the grid of somebody's ONNX image model by running it once, and making it an output. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import { onnxDataTypes, type OnnxAttribute, type OnnxModel, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import { createSession } from '#engine/runtime/session.ts'
import { gridReadings, likeliestReadings, type GridTensor } from './grid-geometry.ts'

export const gridOutput = 'capstan_grid'
export const pooledOutput = 'capstan_pooled'

interface Seen {
  type: string
  dims: readonly number[]
}

export interface FoundOutputs {
  grid: GridTensor
  /** the graph's own pooled vector; undefined: the mean of the cells stands in for it */
  pooled: { tensor: string; type: 'float32' | 'float16'; width: number } | undefined
  /** other tensors that have a grid's shape, last ones first */
  alternatives: readonly string[]
}

/** What a person says about the grid. */
export interface GridWishes {
  /** the tensor that holds it */
  grid?: string
  cells?: Cells
  /** asks which of several readings is meant; absent: that is an error */
  ask?: (readings: readonly GridTensor[]) => Promise<Cells | undefined>
}

export interface Cells {
  rows: number
  columns: number
}

/** `14x14` or `14×14`, rows first. Throws AppError `bad-input`. */
export function parseCells(text: string): Cells {
  const found = /^\s*(\d{1,4})\s*[x×]\s*(\d{1,4})\s*$/i.exec(text)
  if (found === null) throw new AppError('bad-input', `“${text}” is no number of cells.`, { todo: 'Give rows and columns, as in 14x14.' })
  return { rows: Number(found[1]), columns: Number(found[2]) }
}

/** How many tensors before the outputs are looked at. */
const searched = 400
/** And how many of the first convolutions. */
const firstConvolutions = 20

/**
 * Runs the model once on noise and looks at the shapes: its outputs first, then what was computed before them, last ones first.
 * Throws AppError `bad-input` saying what was found where there is no grid, or several readings of one and nobody to ask.
 */
export async function findOutputs(
  model: OnnxModel,
  input: string,
  size: { batch: number; height: number; width: number },
  { grid: wanted, cells, ask }: GridWishes = {},
): Promise<FoundOutputs> {
  const outputs = model.graph.outputs.map(({ name }) => name).filter((name) => dependsOnlyOn(model, name, input))
  if (outputs.length === 0)
    throw new AppError('bad-input', `No output of the model depends on the image alone; the outputs are: ${names(model).join(', ')}.`, {
      todo: 'Export the image encoder alone.',
    })
  const inner = innerTensors(model, outputs)
  if (wanted !== undefined && !outputs.includes(wanted) && !inner.includes(wanted))
    throw new AppError('bad-input', `The model has no tensor “${wanted}” that depends on the image alone.`, { todo: `Its outputs are: ${outputs.join(', ')}.` })
  const firstMaps = convolutions(model, outputs)
  const seen = await look(model, input, size, [...new Set([...outputs, ...inner, ...firstMaps])])
  const maps = firstMaps.flatMap((tensor): [number, number][] => {
    const dims = seen.get(tensor)?.dims ?? []
    return dims.length === 4 ? [[dims[2], dims[3]]] : []
  })
  const surroundings = { ...size, maps }
  const readingsOf = (tensor: string): GridTensor[] => {
    const { type, dims } = seen.get(tensor) ?? { type: '', dims: [] }
    if ((type !== 'float32' && type !== 'float16') || dims[0] !== size.batch) return []
    const readings = gridReadings(dims, surroundings)
    // Inside, what can only be read sideways is more often an attention's weights than features.
    if (inner.includes(tensor) && tensor !== wanted && readings.every(({ layout }) => layout === 'tokens-last')) return []
    const fitting = cells === undefined ? readings : readings.filter(({ rows, columns }) => rows === cells.rows && columns === cells.columns)
    return likeliestReadings(fitting, surroundings).map((geometry) => ({ tensor, type, ...geometry }))
  }
  const shapeOf = (tensor: string): string => `${tensor} [${seen.get(tensor)?.dims.join(', ') ?? '?'}]`
  const asked = cells === undefined ? '' : ` of ${cells.rows}×${cells.columns} cells`
  if (wanted !== undefined && readingsOf(wanted).length === 0)
    throw new AppError('bad-input', `${shapeOf(wanted)} is no grid${asked === '' ? ' of cells' : asked} of a ${size.width}×${size.height} image.`, {
      todo: 'Choose a tensor of shape [n, tokens, width] or [n, width, rows, columns].',
    })
  const byName = outputs.toSorted((a, b) => Number(gridNames.test(b)) - Number(gridNames.test(a)))
  const candidates = [...byName, ...inner].filter((tensor) => readingsOf(tensor).length > 0)
  const readings = readingsOf(wanted ?? candidates[0] ?? '')
  if (readings.length === 0)
    throw new AppError('bad-input', `No grid${asked} of features was found; the outputs are ${outputs.map(shapeOf).join('; ')}.`, {
      todo: 'Name the tensor that holds the grid (--grid), or export the model with it as an output.',
    })
  const grid = readings.length === 1 ? readings[0] : await choose(readings, shapeOf(readings[0].tensor), ask)
  return { grid, pooled: choosePooled(outputs, seen), alternatives: candidates.filter((tensor) => tensor !== grid.tensor).slice(0, 5) }
}

/** A person's word on which of several readings is meant; an error that says which there are where nobody can be asked. */
async function choose(readings: readonly GridTensor[], shape: string, ask: GridWishes['ask']): Promise<GridTensor> {
  const chosen = await ask?.(readings)
  const found = readings.find(({ rows, columns }) => rows === chosen?.rows && columns === chosen.columns)
  if (found !== undefined) return found
  const ways = readings.map(({ rows, columns, width }) => `${rows}×${columns} cells of ${width}`)
  throw new AppError('bad-input', `The grid ${shape} can be read as ${ways.join(' or as ')}.`, {
    kept: 'Nothing was added.',
    todo: `Say how many cells it has (--cells): ${readings.map(({ rows, columns }) => `${rows}x${columns}`).join(' or ')}.`,
  })
}

const gridNames = /grid|feature_map|last_hidden|tokens|patch/i
const pooledNames = /pool|embed|feat/i

/** A vector per image: by its name, or the only one there is. */
function choosePooled(outputs: readonly string[], seen: ReadonlyMap<string, Seen>): FoundOutputs['pooled'] {
  const vectors = outputs.filter((tensor) => seen.get(tensor)?.dims.length === 2)
  const tensor = vectors.find((name) => pooledNames.test(name)) ?? (vectors.length === 1 ? vectors[0] : undefined)
  const found = tensor === undefined ? undefined : seen.get(tensor)
  if (tensor === undefined || found === undefined || (found.type !== 'float32' && found.type !== 'float16')) return undefined
  return { tensor, type: found.type, width: found.dims[1] }
}

const names = ({ graph }: OnnxModel): string[] => graph.outputs.map(({ name }) => name)

function dependsOnlyOn(model: OnnxModel, output: string, input: string): boolean {
  const { graph } = keepOutputs(model, [output])
  const constants = new Set(graph.initializers.map(({ name }) => name))
  const inputs = graph.inputs.filter(({ name }) => !constants.has(name))
  return inputs.length === 1 && inputs[0].name === input
}

/** What the nodes before the outputs compute, last ones first. */
function innerTensors(model: OnnxModel, outputs: readonly string[]): string[] {
  const { nodes } = keepOutputs(model, outputs).graph
  const computed = nodes.filter(({ opType }) => opType !== 'Constant').flatMap((node) => node.outputs)
  return computed
    .filter((name) => name !== '' && !outputs.includes(name))
    .slice(-searched)
    .reverse()
}

/** The outputs of the first convolutions: of these the cells are made. */
function convolutions(model: OnnxModel, outputs: readonly string[]): string[] {
  const { nodes } = keepOutputs(model, outputs).graph
  return nodes
    .filter(({ opType }) => opType === 'Conv')
    .slice(0, firstConvolutions)
    .map((node) => node.outputs[0])
}

async function look(
  model: OnnxModel,
  input: string,
  { batch, height, width }: { batch: number; height: number; width: number },
  tensors: readonly string[],
): Promise<Map<string, Seen>> {
  const exposed = { ...model, graph: { ...model.graph, outputs: tensors.map((name) => ({ name, dataType: 0, shape: undefined })) } }
  const session = await createSession(encodeModel(keepOutputs(exposed, tensors)))
  try {
    const results = await session.run({ [input]: new Tensor('float32', noise(batch * 3 * height * width), [batch, 3, height, width]) })
    return new Map(Object.entries(results).map(([name, { type, dims }]) => [name, { type, dims }]))
  } finally {
    await session.release()
  }
}

/** Values between −1 and 1, the same every time. */
export function noise(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898) * Math.cos(index * 0.031))
}

/** The model with the outputs `capstan_grid` [n, tokens, width] and `capstan_pooled` [n, width], and nothing else. */
export function withGridOutputs(model: OnnxModel, { grid, pooled }: FoundOutputs, classToken: 'first' | 'dropped'): OnnxModel {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const integers = (name: string, values: readonly number[]): string => {
    initializers.push({ name, dataType: onnxDataTypes.int64, dims: [values.length], rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) })
    return name
  }
  const add = (opType: string, name: string, inputs: string[], attributes: Record<string, OnnxAttribute> = {}): string => {
    nodes.push({ opType, name, inputs, outputs: [name], attributes })
    return name
  }
  const float32 = (tensor: string, type: 'float32' | 'float16', name: string): string =>
    type === 'float32' ? tensor : add('Cast', name, [tensor], { to: { kind: 'int', value: onnxDataTypes.float32 } })
  const lastTwo: Record<string, OnnxAttribute> = { perm: { kind: 'ints', value: [0, 2, 1] } }

  const cellCount = grid.rows * grid.columns
  const stored = float32(grid.tensor, grid.type, 'capstan_grid_float32')
  const source = grid.layout === 'tokens-last' ? add('Transpose', 'capstan_tokens', [stored], lastTwo) : stored
  // Cells as [n, cells, width] and, for their mean, as [n, width, cells].
  let cells: string
  let channels: string
  switch (grid.layout) {
    case 'tokens':
    case 'tokens-last': {
      const places = Array.from({ length: cellCount }, (_, cell) => grid.extra + cell)
      cells = grid.extra === 0 ? source : add('Gather', 'capstan_cells', [source, integers('capstan_cell_places', places)], { axis: { kind: 'int', value: 1 } })
      channels = add('Transpose', 'capstan_channels', [cells], lastTwo)
      break
    }
    case 'channels-first':
      channels = add('Reshape', 'capstan_channels', [source, integers('capstan_shape', [0, grid.width, cellCount])])
      cells = add('Transpose', 'capstan_cells', [channels], lastTwo)
      break
    case 'channels-last':
      cells = add('Reshape', 'capstan_cells', [source, integers('capstan_shape', [0, cellCount, grid.width])])
      channels = add('Transpose', 'capstan_channels', [cells], lastTwo)
      break
  }
  add('Identity', gridOutput, [classToken === 'first' ? source : cells])
  if (pooled) add('Identity', pooledOutput, [float32(pooled.tensor, pooled.type, 'capstan_pooled_float32')])
  else add('Flatten', pooledOutput, [add('GlobalAveragePool', 'capstan_mean', [channels])], { axis: { kind: 'int', value: 1 } })
  const tokens = cellCount + (classToken === 'first' ? 1 : 0)
  const edited = {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...model.graph.nodes, ...nodes],
      initializers: [...model.graph.initializers, ...initializers],
      outputs: [
        { name: gridOutput, dataType: onnxDataTypes.float32, shape: ['n', tokens, grid.width] },
        { name: pooledOutput, dataType: onnxDataTypes.float32, shape: ['n', pooled?.width ?? grid.width] },
      ],
    },
  }
  return keepOutputs(edited, [gridOutput, pooledOutput])
}
