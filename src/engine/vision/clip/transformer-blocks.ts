/** The pre-norm transformer that both of CLIP's towers are made of. */
import { add, gelu, layerNormalization, quickGelu } from '#engine/graph/operations.ts'
import type { Graph } from '#engine/graph/types.ts'
import type { Value } from '#engine/graph/types.ts'
import { floatValues } from '#engine/files/safetensors.ts'
import { attend, joinHeads, splitHeads } from '#engine/nn/attention.ts'
import { linear } from '#engine/nn/linear.ts'
import type { Scope } from '#engine/nn/scope.ts'
import { requiredTensor, type ClipCheckpoint, type TransformerSizes } from './checkpoint.ts'

/** A checkpoint's tensors as constants of a graph, each written when it is first asked for; nothing is dropped. */
export function checkpointScope(graph: Graph, { tensors }: ClipCheckpoint): Scope {
  const constants = new Map<string, Value>()
  return {
    parameter(name) {
      const known = constants.get(name)
      if (known !== undefined) return known
      const tensor = requiredTensor(tensors, name)
      const constant = graph.constant(floatValues(tensor, name), 'float32', tensor.shape, name)
      constants.set(name, constant)
      return constant
    },
    dropout: (x) => x,
  }
}

/** Layer norm with `NAME.weight` and `NAME.bias`. */
export function clipNorm(scope: Scope, name: string, x: Value, epsilon: number): Value {
  return layerNormalization(x, scope.parameter(`${name}.weight`), scope.parameter(`${name}.bias`), epsilon)
}

/** All blocks over rows [n · length, width]: x + attention(norm(x)), then x + mlp(norm(x)). `mask` is added to the logits. */
export function transformerBlocks(scope: Scope, name: string, sizes: TransformerSizes, rows: Value, length: number, mask?: Value): Value {
  const activate = sizes.activation === 'gelu' ? gelu : quickGelu
  let x = rows
  for (let layer = 0; layer < sizes.layers; layer++) {
    const block = `${name}.resblocks.${layer}`
    x = add(x, selfAttention(scope, `${block}.attn`, sizes, clipNorm(scope, `${block}.ln_1`, x, sizes.epsilon), length, mask))
    const inner = activate(linear(scope, `${block}.mlp.c_fc`, clipNorm(scope, `${block}.ln_2`, x, sizes.epsilon)))
    x = add(x, linear(scope, `${block}.mlp.c_proj`, inner))
  }
  return x
}

function selfAttention(scope: Scope, name: string, { heads }: TransformerSizes, rows: Value, length: number, mask?: Value): Value {
  const part = (letter: string): Value => splitHeads(linear(scope, `${name}.${letter}_proj`, rows), 'n', length, heads)
  const { context } = attend(scope, part('q'), part('k'), part('v'), 0, mask)
  return linear(scope, `${name}.out_proj`, joinHeads(context, rows.shape[0]))
}
