/** Finding the grid of somebody's ONNX image model by running it once, and making it an output. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { AppError } from '#shared/errors.ts'
import { onnxDataTypes, type OnnxAttribute, type OnnxModel, type OnnxNode, type OnnxTensor } from '#engine/graph/onnx/onnx-model.ts'
import { encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import { createSession } from '#engine/runtime/session.ts'
import { gridGeometry, type GridTensor } from './grid-geometry.ts'

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

/** How many tensors before the outputs are looked at. */
const searched = 400

/**
 * Runs the model once on noise and looks at the shapes: its outputs first, then what was computed before them, last ones first.
 * `wanted` names a tensor instead. Throws AppError `bad-input` saying what was found where there is no grid.
 */
export async function findOutputs(
  model: OnnxModel,
  input: string,
  size: { batch: number; height: number; width: number },
  wanted?: string,
): Promise<FoundOutputs> {
  const outputs = model.graph.outputs.map(({ name }) => name).filter((name) => dependsOnlyOn(model, name, input))
  if (outputs.length === 0)
    throw new AppError('bad-input', `No output of the model depends on the image alone; the outputs are: ${names(model).join(', ')}.`, {
      todo: 'Export the image encoder alone.',
    })
  const inner = innerTensors(model, outputs)
  if (wanted !== undefined && !outputs.includes(wanted) && !inner.includes(wanted))
    throw new AppError('bad-input', `The model has no tensor “${wanted}” that depends on the image alone.`, { todo: `Its outputs are: ${outputs.join(', ')}.` })
  const seen = await look(model, input, size, [...outputs, ...inner])
  const asGrid = (tensor: string): GridTensor | undefined => {
    const { type, dims } = seen.get(tensor) ?? { type: '', dims: [] }
    const geometry = gridGeometry(dims, size.height, size.width)
    return geometry && (type === 'float32' || type === 'float16') ? { tensor, type, ...geometry } : undefined
  }
  const shapeOf = (tensor: string): string => `${tensor} [${seen.get(tensor)?.dims.join(', ') ?? '?'}]`
  if (wanted !== undefined && asGrid(wanted) === undefined)
    throw new AppError('bad-input', `${shapeOf(wanted)} is no grid of cells of a ${size.width}×${size.height} image.`, {
      todo: 'Choose a tensor of shape [n, tokens, width] or [n, width, rows, columns].',
    })
  const byName = outputs.toSorted((a, b) => Number(gridNames.test(b)) - Number(gridNames.test(a)))
  const candidates = [...byName, ...inner].filter((tensor) => asGrid(tensor) !== undefined)
  const grid = asGrid(wanted ?? candidates[0] ?? '')
  if (grid === undefined)
    throw new AppError('bad-input', `No grid of features was found; the outputs are ${outputs.map(shapeOf).join('; ')}.`, {
      todo: 'Name the tensor that holds the grid (--grid), or export the model with it as an output.',
    })
  return { grid, pooled: choosePooled(outputs, seen), alternatives: candidates.filter((tensor) => tensor !== grid.tensor).slice(0, 5) }
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
  const source = float32(grid.tensor, grid.type, 'capstan_grid_float32')
  // Cells as [n, cells, width] and, for their mean, as [n, width, cells].
  let cells: string
  let channels: string
  switch (grid.layout) {
    case 'tokens': {
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
