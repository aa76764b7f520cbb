/**
 * The configurations of the three captioners. They share one encoder–decoder and differ in how the encoder's tokens attend to each
 * other: plainly, by the published box attention, or by normalised queries and geometry.
 */
import { z } from 'zod'
import { assertNever } from '#shared/errors.ts'

/** A manifest that lies must not make graphs that no memory holds: every size has a limit, far above what is published. */
const sizeUpTo = (most: number): z.ZodInt => z.int().min(1).max(most)
const mostCells = 512 // a side

const skeleton = {
  encoderLayers: sizeUpTo(64),
  decoderLayers: sizeUpTo(64),
  /** Width of every token (the papers' d_model). */
  width: z.int().min(2).max(8192),
  feedForward: sizeUpTo(65_536),
  heads: sizeUpTo(256),
  /** Width of one visual token as the encoder gives it. */
  featureWidth: sizeUpTo(65_536),
  /** V: words in the vocabulary, UNK included. Ids run 0..V: 0 begins, ends and pads, V is UNK. */
  words: sizeUpTo(1_000_000),
  /** The longest caption that the captioner writes or learns from, in words. */
  maximumWords: sizeUpTo(1000),
  dropout: z.number().min(0).lt(1),
  /** Dropout after the visual embedding (0.5 as published). */
  visualDropout: z.number().min(0).lt(1),
  /** 'published': a·(x−mean)/(unbiased standard deviation + 1e-6) + b, which the published checkpoints were trained with. */
  layerNorm: z.enum(['standard', 'published']),
  /** The generator multiplies by the embedding table in place of a matrix of its own. */
  shareEmbedding: z.boolean(),
  /** A layer norm after the visual embedding. */
  visualNorm: z.boolean(),
  /** 0 as published; else the number of visual tokens, each of which gets a learned position vector. */
  visualPositions: z
    .int()
    .min(0)
    .max(mostCells ** 2 + 1),
}

/** Where the box of each visual token comes from. */
export const boxesSchema = z.discriminatedUnion('kind', [
  /** Tokens are the cells of a grid, row by row; a class token before them stands for the whole image. */
  z.strictObject({ kind: z.literal('cells'), rows: sizeUpTo(mostCells), columns: sizeUpTo(mostCells), classToken: z.literal('first').optional() }),
  /** Tokens are regions, as many as an image has: boxes and the mask of padded regions are fed. */
  z.strictObject({ kind: z.literal('regions') }),
])
export type Boxes = z.infer<typeof boxesSchema>

type Sizes = Readonly<{ width: number; heads: number; visualPositions: number }>
const headsDivide = ({ width, heads }: Sizes) => width % heads === 0
const headsError = { error: 'width must be a multiple of heads', path: ['heads'] }
const positionsError = { error: 'learned positions need the cells of a grid', path: ['visualPositions'] }

export const transformerConfigSchema = z
  .strictObject({
    architecture: z.literal('transformer'),
    ...skeleton,
    /** 'masked': images have different numbers of tokens, and the mask of padded ones is fed. Absent: 'grid', all tokens count. */
    regions: z.enum(['grid', 'masked']).optional(),
  })
  .refine(headsDivide, headsError)
  .refine(({ regions, visualPositions }) => regions !== 'masked' || visualPositions === 0, positionsError)
export type TransformerConfig = z.infer<typeof transformerConfigSchema>

function positionsFit({ boxes, visualPositions }: { boxes: Boxes; visualPositions: number }): boolean {
  return visualPositions === 0 || (boxes.kind === 'cells' && visualPositions === cellTokens(boxes))
}

/** The Object Relation Transformer (Herdade et al. 2019). */
export const objectRelationConfigSchema = z
  .strictObject({
    architecture: z.literal('object-relation'),
    ...skeleton,
    boxes: boxesSchema,
    /** 'trigonometric': sines and cosines of 100·λ at eight wavelengths (64 numbers a pair); 'plain': λ itself (4). */
    boxEmbedding: z.enum(['trigonometric', 'plain']),
    /** 'published': the attention's input is added before its output layer, which one published checkpoint was trained with. */
    attentionSkip: z.enum(['none', 'published']),
  })
  .refine(headsDivide, headsError)
  .refine(positionsFit, positionsError)
export type ObjectRelationConfig = z.infer<typeof objectRelationConfigSchema>

export const geometryTerms = ['content-independent', 'query-dependent', 'key-dependent'] as const
export type GeometryTerm = (typeof geometryTerms)[number]

/** Normalised and geometry-aware self-attention (Guo et al. 2020, NG-SAN). What its sources leave open is an option here. */
export const geometryAwareConfigSchema = z
  .strictObject({
    architecture: z.literal('geometry-aware'),
    ...skeleton,
    boxes: boxesSchema,
    /** Instance norm of the queries over the tokens, per image and channel, with or without a learned scale and offset. */
    queryNorm: z.enum(['none', 'instance', 'instance-affine']),
    queryNormEpsilon: z.number().positive(),
    /** The terms φ that are added to the logits; none gives normalised queries alone. */
    geometry: z.array(z.enum(geometryTerms)).refine((terms) => new Set(terms).size === terms.length, { error: 'a term stands twice' }),
    /** Width of the geometry vectors G, for each head. */
    geometryWidth: sizeUpTo(4096),
    /** Which attentions read the same G: the heads of a layer, all heads of all layers, or none. */
    geometrySharing: z.enum(['heads', 'heads-and-layers', 'none']),
    /** 'with-content': φ is divided by √dk as Q·Kᵀ is; 'unscaled': it is not. */
    geometryScale: z.enum(['with-content', 'unscaled']),
    /** Absolute positions, the ablation: a linear embedding of each token's box is added to the token. */
    absolutePositions: z.enum(['none', 'boxes']),
    /** 'pre': x + f(norm(x)) and a norm at the end of each stack, as published code of its family does; 'post': norm(x + f(x)), as drawn. */
    normPlacement: z.enum(['pre', 'post']),
  })
  .refine(headsDivide, headsError)
  .refine(positionsFit, positionsError)
export type GeometryAwareConfig = z.infer<typeof geometryAwareConfigSchema>

/** Every captioner's configuration, told apart by `architecture`. */
export const captionerConfigSchema = z.discriminatedUnion('architecture', [transformerConfigSchema, objectRelationConfigSchema, geometryAwareConfigSchema])
export type CaptionerConfig = z.infer<typeof captionerConfigSchema>

/** What a captioner reads of an image beside its features. */
export type VisualInput = 'visual_mask' | 'boxes'

export function visualInputsOf(config: CaptionerConfig): readonly VisualInput[] {
  switch (config.architecture) {
    case 'transformer':
      return config.regions === 'masked' ? ['visual_mask'] : []
    case 'object-relation':
    case 'geometry-aware':
      return config.boxes.kind === 'regions' ? ['visual_mask', 'boxes'] : []
    default:
      return assertNever(config)
  }
}

/** How many visual tokens every image has, where the configuration decides that. */
export function fixedVisualTokens(config: CaptionerConfig): number | undefined {
  const positions = config.visualPositions > 0 ? config.visualPositions : undefined
  return config.architecture !== 'transformer' && config.boxes.kind === 'cells' ? cellTokens(config.boxes) : positions
}

function cellTokens({ rows, columns, classToken }: Extract<Boxes, { kind: 'cells' }>): number {
  return rows * columns + (classToken === 'first' ? 1 : 0)
}

export function normPlacementOf(config: CaptionerConfig): GeometryAwareConfig['normPlacement'] {
  return config.architecture === 'geometry-aware' ? config.normPlacement : 'pre'
}
