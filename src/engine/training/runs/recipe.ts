/** Everything a training run is told. A recipe with its seed, its data and its start repeats the run. */
import { z } from 'zod'
import { geometryAwareConfigSchema, objectRelationConfigSchema, transformerConfigSchema } from '#engine/captioners/captioner.ts'
import { baselines } from '../objectives/advantages.ts'
import { scheduleSchema } from '../optimiser/schedule.ts'

const { shape: transformer } = transformerConfigSchema
const { shape: objectRelation } = objectRelationConfigSchema
const { shape: geometryAware } = geometryAwareConfigSchema

const sizes = {
  encoderLayers: transformer.encoderLayers.default(3),
  decoderLayers: transformer.decoderLayers.default(3),
  width: transformer.width.default(384),
  feedForward: transformer.feedForward.default(1536),
  heads: transformer.heads.default(8),
  dropout: transformer.dropout.default(0.1),
  visualDropout: transformer.visualDropout.default(0.4),
  layerNorm: transformer.layerNorm.default('standard'),
  shareEmbedding: z.boolean().default(true),
  visualNorm: z.boolean().default(true),
}

/**
 * The captioner; what the data decides (words, feature width, visual tokens and their grid) is filled in when the run starts.
 * The geometry of the other two tells tokens apart by itself: without learned positions they are as published.
 */
const captionerRecipeSchema = z.discriminatedUnion('architecture', [
  z.strictObject({
    architecture: transformer.architecture,
    ...sizes,
    /** Learned positions of the visual tokens. */
    visualPositions: z.boolean().default(true),
  }),
  z.strictObject({
    architecture: objectRelation.architecture,
    ...sizes,
    visualPositions: z.boolean().default(false),
    boxEmbedding: objectRelation.boxEmbedding.default('trigonometric'),
    attentionSkip: objectRelation.attentionSkip.default('none'),
  }),
  z.strictObject({
    architecture: geometryAware.architecture,
    ...sizes,
    visualPositions: z.boolean().default(false),
    queryNorm: geometryAware.queryNorm.default('instance'),
    queryNormEpsilon: geometryAware.queryNormEpsilon.default(1e-5),
    geometry: geometryAware.geometry.default(['query-dependent']),
    geometryWidth: geometryAware.geometryWidth.default(64),
    geometrySharing: geometryAware.geometrySharing.default('heads'),
    geometryScale: geometryAware.geometryScale.default('with-content'),
    absolutePositions: geometryAware.absolutePositions.default('none'),
    normPlacement: geometryAware.normPlacement.default('pre'),
  }),
])

/** A recipe that names no architecture means the Transformer. */
const transformerUnlessNamed = (recipe: unknown) =>
  typeof recipe === 'object' && recipe !== null && !('architecture' in recipe) ? { architecture: 'transformer', ...recipe } : recipe

export const clippingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** Scales all gradients down together so that their Euclidean norm is at most `limit`. */
  z.strictObject({ kind: z.literal('norm'), limit: z.number().positive() }),
  /** Cuts every gradient value to ±limit. */
  z.strictObject({ kind: z.literal('value'), limit: z.number().positive() }),
])
export type Clipping = z.infer<typeof clippingSchema>

export const optimizerSchema = z.strictObject({
  learningRate: z.number().positive().max(1).default(4e-4),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.98),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().min(0).default(0.02),
  clipping: clippingSchema.default({ kind: 'norm', limit: 1 }),
})
export type OptimizerRecipe = z.infer<typeof optimizerSchema>

/** Self-critical sequence training: written captions are made likelier or less likely by how their CIDEr-D compares with a baseline. */
const selfCriticalSchema = z
  .strictObject({
    kind: z.literal('self-critical'),
    /** Captions written for each photo. */
    samples: z.int().min(1).max(50).default(5),
    baseline: z.enum(baselines).default('leave-one-out'),
    /** Of sampling; a beam search has none. */
    temperature: z.number().positive().max(10).default(1),
    /** References longer than `maximumWords`: compared with whole, or as published, cut and without an end. */
    references: z.enum(['whole', 'cut']).default('whole'),
    /** Whose references give the document frequencies of the reward: those that are learned from, or the rehearsed ones too. */
    frequencies: z.enum(['examples', 'all']).default('examples'),
  })
  .refine(({ baseline, samples }) => baseline === 'greedy' || samples > 1, { error: 'this baseline compares at least two captions', path: ['samples'] })
export type SelfCriticalObjective = z.infer<typeof selfCriticalSchema>

export const objectiveSchema = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('cross-entropy') }), selfCriticalSchema])

/** Corrections are preferred to what they replace (objectives/preference.ts). */
const preferenceSchema = z.strictObject({
  /** Of the contrasts' mean cost beside the cross-entropy. */
  weight: z.number().positive().max(100),
  /** How soon a contrast has been learned well enough: higher is sooner. */
  beta: z.number().positive().max(10).default(0.1),
})
export type PreferenceRecipe = z.infer<typeof preferenceSchema>

/** Visual tokens are regions instead of the cells of a grid. */
const regionsSchema = z.strictObject({
  /** The most regions of a photo; those with lower scores are left out. */
  limit: z.int().min(1).max(100).default(36),
  /** Of the encoder's detector. */
  minimumScore: z.number().min(0).max(1).default(0.2),
  /** A COCO instances file whose boxes are learned with, relative to the recipe file; photos that it lacks, and photos captioned later, get the detector's. */
  instances: z.string().min(1).optional(),
})

export const trainingRecipeSchema = z.strictObject({
  name: z.string().min(1).max(200).default('cross-entropy'),
  seed: z.int().min(0).default(1),
  epochs: z.int().min(1).max(1000).default(10),
  batchImages: z.int().min(1).max(1024).default(20),
  captionsPerImage: z.int().min(1).max(100).default(5),
  /** Captions are cut to so many words. */
  maximumWords: z.int().min(1).max(200).default(16),
  /** Whether a caption that was cut is learned to end there, as published, or is left open. */
  cutCaptions: z.enum(['end', 'open']).default('open'),
  /** Words seen less often in the training captions become UNK. */
  minimumCount: z.int().min(1).default(5),
  captioner: z.preprocess(transformerUnlessNamed, captionerRecipeSchema).prefault({}),
  features: z
    .strictObject({
      /** 2 averages each 2×2 block of the encoder's grid into one token. */
      pooling: z.union([z.literal(1), z.literal(2)]).default(2),
      /** Half of the time the photo's mirror image is shown. */
      mirror: z.boolean().default(true),
      regions: regionsSchema.optional(),
    })
    .prefault({}),
  /** Scenes that Capstan draws, learned from beside the photos. */
  scenes: z
    .strictObject({
      count: z.int().min(1).max(100_000),
      /** The first of the series. */
      seed: z.int().min(0).default(100_000),
      /** How much a scene's captions count beside a photo's (absent: as much): rewards of scenes are higher, and so are their gradients. */
      weight: z.number().positive().max(1).optional(),
    })
    .optional(),
  /** Captions without photos, learned from beside those with: what the encoder's detector would have found is imagined from them. */
  imagined: z
    .strictObject({
      /** Captions file, relative to the recipe file; absent: the run is told (`--imagined`). */
      file: z.string().min(1).optional(),
      /** Captions of the photos in this folder are left out, relative to the recipe file: those that are judged by. The run may be told (`--imagined-except`). */
      except: z.string().min(1).optional(),
      /** Left out are captions that name only things which at least this share of the photos' captions name: these are learned from photos. */
      familiar: z.number().min(0).max(1).default(0.01),
      seed: z.int().min(0).default(1),
      /** How much they count beside a photo's captions (absent: as much). */
      weight: z.number().positive().max(1).optional(),
    })
    .optional(),
  objective: objectiveSchema.default({ kind: 'cross-entropy' }),
  /** Of cross-entropy. */
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
  optimizer: optimizerSchema.prefault({}),
  schedule: scheduleSchema.default({ kind: 'cosine', warmupSteps: 500, floor: 0 }),
  /** Decay of the moving average of the weights, which is then what is evaluated and kept; 0 = none. */
  averaging: z.number().min(0).lt(1).default(0.999),
  /** Which parts learn. */
  parts: z.enum(['all', 'decoder', 'biases']).default('all'),
  /** Share of each batch's images taken from the replay examples, where there are any. */
  replay: z.number().min(0).max(0.9).default(0),
  /** Of cross-entropy: weight of the divergence from the run's teacher; 0 = no teacher. */
  distillation: z.number().min(0).max(100).default(0),
  /** Beside cross-entropy, of examples with contrasts. */
  preference: preferenceSchema.optional(),
  evaluation: z
    .strictObject({
      everyEpochs: z.int().min(1).default(1),
      beam: z.int().min(1).max(10).default(1),
      /** Evaluations without a better score before the run stops early; 0 = never stops early. */
      patience: z.int().min(0).default(0),
    })
    .prefault({}),
  /** Steps between checkpoints. */
  checkpointSteps: z.int().min(1).default(200),
})
export type TrainingRecipe = z.infer<typeof trainingRecipeSchema>

/** The recipe with every default filled in. */
export const defaultRecipe: TrainingRecipe = trainingRecipeSchema.parse({})
