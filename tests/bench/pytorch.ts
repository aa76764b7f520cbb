/**
 * `npm run bench -- pytorch`: the same Transformer captioner in PyTorch (eager) and here, taking turns: whole training steps (forward, backward, clipping, AdamW,
 * moving average) and beam search from features with cached keys and values. Both have equal weights and inputs; loss and gradients (without dropout)
 * and captions are compared before anything is timed. Seconds are medians of the rounds. Without PyTorch it says so.
 * Options: --python; --captions (coco or flickr8k of the shared data, else drawn); --model (a package, on the features of the shared photos; default:
 * fresh weights on drawn features, which never end a caption); --layers, --width, --words, --tokens of fresh ones; --images of a step; --decoded;
 * --beams; --rounds; --steps of a round; --threads.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { visualBatchOf } from '#engine/captioning/visual-batch.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import { float32Tensor, writeSafetensors } from '#engine/files/safetensors.ts'
import { openBareProduct } from '../support/bare-product.ts'
import { operationsOfWriting } from '../support/counted-operations.ts'
import { openDecoding, openTraining, type ComparedTraining } from './pytorch/ours.ts'
import { interpreterWithTorch, startPeer, usualInterpreters } from './pytorch/peer.ts'
import { Rounds, secondsOf, timedResult, type Compared } from './pytorch/rounds.ts'
import { openSubject, type Subject } from './pytorch/subject.ts'

export interface PytorchBenchmark {
  machine: string
  pytorchVersion: string
  threads: number
  parameters: number
  /** GFLOP/s of one bare matrix product: a PyTorch that is far slower at it has a slow BLAS, and the rest compares with that. */
  bareProduct: { shape: string; ours: number; pytorch: number }
  training: Compared & {
    batch: string
    captions: string
    /** Targets that count, of all places of the batch. */
    realTokens: number
    lossDifference: number
    gradientNormDifference: number
    /** The step's matrix products by a bare one, over a step's time. */
    ratioToBare: number
  }
  decoding: Compared & {
    beams: number
    images: number
    imagesPerSecond: number
    imagesPerSecondInPytorch: number
    equalCaptions: number
    /** Of the captions that are equal. */
    logProbabilityDifference: number
    /** Of those that are not: how far apart their log-probabilities are. */
    ties: number[]
    /** As of training; of fresh weights, whose beams walk to the longest length. */
    ratioToBare?: number
  }
  peakMemoryMegabytes: number
}

const productsPerRound = 20

const timed = z.object({ seconds: z.number() })
const opened = z.object({ version: z.string(), loss: z.number(), norm: z.number() })
const decoded = z.object({ seconds: z.number(), captions: z.array(z.object({ logProbability: z.number(), ids: z.array(z.number()) })) })
type TheirCaption = z.infer<typeof decoded>['captions'][number]

export async function run(args: string[]): Promise<PytorchBenchmark | string> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      python: { type: 'string' },
      model: { type: 'string' },
      captions: option('coco'),
      layers: option('3'),
      width: option('512'),
      words: option('3508'),
      tokens: option('25'),
      images: option('20'),
      decoded: option('80'),
      beams: option('3'),
      rounds: option('5'),
      steps: option('2'),
      threads: option(String(availableParallelism())),
    },
  })
  const interpreters = values.python === undefined ? usualInterpreters : [values.python]
  const interpreter = interpreterWithTorch(interpreters)
  if (interpreter === undefined) return `No PyTorch to compare with: none of ${interpreters.join(', ')} can import torch. Name another with --python.`

  const [threads, beams, rounds, steps] = [values.threads, values.beams, values.rounds, values.steps].map(Number)
  const sizes = { layers: Number(values.layers), width: Number(values.width), words: Number(values.words), tokens: Number(values.tokens) }
  const subject = await openSubject({ ...values, ...sizes, model: values.model, images: Number(values.images), decoded: Number(values.decoded) })
  const { recipe, keys } = subject
  const training = await openTraining({ ...subject, threads }, recipe, subject.examples)
  const decoding = await openDecoding({ ...subject, threads }, keys)
  const bare = await openBareProduct(threads)
  const peer = startPeer(interpreter, threads, 'peer.py')
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'))
  try {
    const theirs = await peer.ask({ kind: 'open', setting: writeSetting(folder, subject, training, threads) }, opened)
    const still = await training.check()
    const times = { train: new Rounds(), decode: new Rounds() }
    const products = new Rounds()
    let captions: { ours: DecodedCaption[]; theirs: TheirCaption[] } = { ours: [], theirs: [] }
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const counted = round > 0
      times.train.add(counted, {
        ours: await secondsOf(async () => {
          for (let step = 0; step < steps; step++) await training.step()
        }),
        pytorch: (await peer.ask({ kind: 'train', steps }, timed)).seconds,
      })
      products.add(counted, {
        ours: await secondsOf(async () => {
          for (let product = 0; product < productsPerRound; product++) await bare.run()
        }),
        pytorch: (await peer.ask({ kind: 'multiply', shape: bare.sides, times: productsPerRound }, timed)).seconds,
      })
      const found = await timedResult(() => decoding.search(beams))
      const answer = await peer.ask({ kind: 'decode', beams, batch: keys.length }, decoded)
      times.decode.add(counted, { ours: found.seconds, pytorch: answer.seconds })
      captions = { ours: found.result, theirs: answer.captions }
    }
    const trainingTimes = times.train.compared(steps)
    const decodingTimes = times.decode.compared(1)
    const bareTimes = products.compared(productsPerRound)
    const { maximumWords } = subject.captioner.config
    const writing = operationsOfWriting(subject.captioner, {
      images: keys.length,
      captionsPerImage: beams,
      steps: maximumWords,
      visualTokens: subject.features.visualTokens,
    })
    const places = recipe.batchImages * recipe.captionsPerImage * (recipe.maximumWords + 1)
    return {
      machine: cpus()[0]?.model ?? '',
      pytorchVersion: theirs.version,
      threads,
      parameters: subject.captioner.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0),
      bareProduct: { shape: bare.shape, ours: bare.operations / bareTimes.ours / 1e9, pytorch: bare.operations / bareTimes.pytorch / 1e9 },
      training: {
        ...trainingTimes,
        batch: `${recipe.batchImages} images × ${recipe.captionsPerImage} captions × ${recipe.maximumWords + 1} tokens, ${subject.features.visualTokens} visual tokens`,
        captions: subject.captions,
        realTokens: training.targets / places,
        lossDifference: still.loss - theirs.loss,
        gradientNormDifference: still.norm - theirs.norm,
        ratioToBare: ((training.operations / bare.operations) * bareTimes.ours) / trainingTimes.ours,
      },
      decoding: {
        ...decodingTimes,
        beams,
        images: keys.length,
        imagesPerSecond: keys.length / decodingTimes.ours,
        imagesPerSecondInPytorch: keys.length / decodingTimes.pytorch,
        ...captionsCompared(captions.ours, captions.theirs),
        ...(values.model === undefined && { ratioToBare: ((writing / bare.operations) * bareTimes.ours) / decodingTimes.ours }),
      },
      peakMemoryMegabytes: process.resourceUsage().maxRSS / 1024,
    }
  } finally {
    await peer.close()
    await training.close()
    await decoding.close()
    await bare.close()
    await subject.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes what the other side reads; returns the file that names the rest. */
function writeSetting(folder: string, { captioner, weights, recipe, features, keys }: Subject, { plan }: ComparedTraining, threads: number): string {
  const write = (name: string, data: Uint8Array | string): string => {
    const file = join(folder, name)
    writeFileSync(file, data)
    return file
  }
  const floats = (name: string, some: readonly string[]): string => write(name, new Uint8Array(visualBatchOf(features, some).features.buffer))
  const tensors = new Map(captioner.parameters.map(({ name, shape }) => [name, float32Tensor(weights.get(name) ?? new Float32Array(0), shape)]))
  const captions = plan.images.flatMap((image) => image.captions)
  const { maximumWords } = recipe
  return write(
    'setting.json',
    JSON.stringify({
      config: captioner.config,
      recipe,
      threads,
      visualTokens: features.visualTokens,
      weights: write('weights.safetensors', writeSafetensors(tensors)),
      trainingFeatures: floats(
        'training.f32',
        plan.images.map(({ example }) => example.key),
      ),
      decodingFeatures: floats('decoding.f32', keys),
      captions: captions.map((ids) => Array.from(ids.subarray(0, maximumWords))),
      // Captions that were cut are left open.
      ends: captions.map(({ length }) => length <= maximumWords),
    }),
  )
}

function captionsCompared(
  ours: readonly DecodedCaption[],
  theirs: readonly TheirCaption[],
): Pick<PytorchBenchmark['decoding'], 'equalCaptions' | 'logProbabilityDifference' | 'ties'> {
  const pairs = ours.map(({ ids, logProbability }, image) => ({
    equal: ids.join(' ') === theirs[image].ids.join(' '),
    difference: Math.abs(logProbability - theirs[image].logProbability),
  }))
  const equal = pairs.filter((pair) => pair.equal)
  return {
    equalCaptions: equal.length,
    logProbabilityDifference: Math.max(0, ...equal.map(({ difference }) => difference)),
    ties: pairs.filter((pair) => !pair.equal).map(({ difference }) => difference),
  }
}
