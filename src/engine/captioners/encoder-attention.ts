/** How the encoder's tokens attend to each other: what the three captioners differ in. */
import { add } from '../graph/operations.ts'
import type { Value } from '../graph/types.ts'
import type { Scope } from '../nn/scope.ts'
import { assertNever } from '#shared/errors.ts'
import { boxAttention } from './box-attention.ts'
import type { CaptionerConfig } from './captioner-config.ts'
import { geometryAttention } from './geometry-attention.ts'
import { selfAttention } from './self-attention.ts'
import { maskBias, type VisualTokens } from './visual-tokens.ts'

/** The input [rows, width] of the attention `name` → what is added to the rows. */
export type EncoderAttention = (name: string, x: Value) => Value

/** The encoder's attention over an image's tokens. What all layers share is written once, here. */
export function encoderAttention(scope: Scope, config: CaptionerConfig, tokens: VisualTokens): EncoderAttention {
  const { layout } = tokens
  const mask = tokens.mask && maskBias(tokens.mask)
  const withMask = (bias: Value | undefined) => (bias && mask ? add(bias, mask) : (bias ?? mask))
  switch (config.architecture) {
    case 'transformer':
      return (name, x) => selfAttention(scope, config, name, x, layout, { bias: mask })
    case 'object-relation': {
      const biasOf = boxAttention(scope, config, tokens)
      return (name, x) => selfAttention(scope, config, name, x, layout, { bias: withMask(biasOf(name)), skip: config.attentionSkip })
    }
    case 'geometry-aware': {
      const { biasOf, normalizeQueries } = geometryAttention(scope, config, tokens)
      return (name, x) => {
        const bias = withMask(biasOf(name, x))
        return selfAttention(scope, config, name, x, layout, { bias, queries: (rows) => normalizeQueries(name, rows) })
      }
    }
    default:
      return assertNever(config)
  }
}
