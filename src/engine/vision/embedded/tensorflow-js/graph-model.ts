/** TensorFlow.js graph models: `model.json` (a TensorFlow graph and the list of its weights) with its weight files. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'

/** Strings come as the numbers of their bytes, integers as decimal text. */
const attributeSchema = z.object({
  s: z.array(z.number()).optional(),
  f: z.number().optional(),
  list: z.object({ i: z.array(z.string()) }).optional(),
})

const modelSchema = z.object({
  modelTopology: z.object({
    node: z.array(
      z.object({ name: z.string(), op: z.string(), input: z.array(z.string()).default([]), attr: z.record(z.string(), attributeSchema).default({}) }),
    ),
  }),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.number().int()), dtype: z.enum(['float32', 'int32']) })),
    }),
  ),
})

export interface GraphModelNode {
  name: string
  op: string
  /** names of nodes; of a node with several outputs the first is meant */
  inputs: string[]
  attributes: Record<string, z.infer<typeof attributeSchema>>
}

export interface GraphModel {
  nodes: Map<string, GraphModelNode>
  /** the float32 constants */
  weights: Map<string, { shape: number[]; values: Float32Array }>
}

/** Reads a model from its `model.json` and a function that gives its weight files. Throws AppError `bad-input`. */
export async function readGraphModel(json: string, readFile: (name: string) => Promise<Uint8Array>): Promise<GraphModel> {
  const parsed = modelSchema.safeParse(parseJson(json))
  if (!parsed.success) throw new AppError('bad-input', `The TensorFlow.js model.json is not valid: ${parsed.error.issues[0].message}.`)
  const { modelTopology, weightsManifest } = parsed.data
  const weights: GraphModel['weights'] = new Map()
  for (const group of weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map(readFile)))
    let offset = 0
    for (const { name, shape, dtype } of group.weights) {
      const length = 4 * shape.reduce((product, size) => product * size, 1)
      if (offset + length > bytes.length) throw new AppError('bad-input', 'The weight files of the TensorFlow.js model are too short.')
      // a copy: aligned, and without the rest of the file behind it
      if (dtype === 'float32') weights.set(name, { shape, values: new Float32Array(new Uint8Array(bytes.subarray(offset, offset + length)).buffer) })
      offset += length
    }
  }
  const nodes = new Map(
    modelTopology.node.map(({ name, op, input, attr }) => [
      name,
      { name, op, inputs: input.filter((of) => !of.startsWith('^')).map((of) => of.split(':')[0]), attributes: attr },
    ]),
  )
  return { nodes, weights }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('bad-input', 'The TensorFlow.js model.json is not JSON.', { cause })
  }
}
