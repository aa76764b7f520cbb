/**
 * `npm run bench -- encoders`: the embedded encoders up to their grids beside the same graphs in PyTorch (eager), taking turns: one thread, photo by photo, as lanes encode
 * (see `vision/encoders/encoder-lanes.ts`), and batches of eight on all threads. Grids are compared before anything is timed. Milliseconds a photo are medians of
 * the rounds. Without PyTorch it says so. Options: --python; --rounds; --photos (encoded in a round); --threads.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { onnxDataTypes, type OnnxAttribute, type OnnxModel } from '#engine/graph/onnx/onnx-model.ts'
import { decodeModel, encodeModel } from '#engine/graph/onnx/onnx-proto.ts'
import { keepOutputs } from '#engine/graph/onnx/onnx-subgraph.ts'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { createSession } from '#engine/runtime/session.ts'
import { readEncoderPackage, type EncoderPackage } from '#engine/vision/encoders/encoder-package.ts'
import { prepareImage } from '#engine/vision/photos/image.ts'
import { embeddedIds, encoderRoot, ensureEncoders } from '../../scripts/build-encoder.ts'
import { drawPicture } from '../support/pictures.ts'
import { interpreterWithTorch, startPeer, usualInterpreters } from './pytorch/peer.ts'
import { Rounds, secondsOf, type Compared } from './pytorch/rounds.ts'

interface ComparedEncoder {
  encoder: string
  /** Of the grids' means and largest values. */
  largestDifference: number
  /** Milliseconds a photo. */
  settings: (Compared & { threads: number; batch: number; layoutInPytorch: string })[]
}

const opened = z.object({ version: z.string(), mean: z.number(), largest: z.number() })
const encoded = z.object({ seconds: z.number(), layout: z.string() })

export async function run(args: string[]): Promise<{ machine: string; pytorchVersion: string; encoders: ComparedEncoder[] } | string> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const options = { python: { type: 'string' as const }, rounds: option('5'), photos: option('32'), threads: option(String(availableParallelism())) }
  const { values } = parseArgs({ args, options })
  const interpreters = values.python === undefined ? usualInterpreters : [values.python]
  const interpreter = interpreterWithTorch(interpreters)
  if (interpreter === undefined) return `No PyTorch to compare with: none of ${interpreters.join(', ')} can import torch. Name another with --python.`
  await ensureEncoders()
  const encoders: ComparedEncoder[] = []
  let pytorchVersion = ''
  for (const id of embeddedIds) {
    const encoder = await readEncoderPackage(join(encoderRoot, id))
    const compared: ComparedEncoder = { encoder: encoder.manifest.id, largestDifference: 0, settings: [] }
    for (const { threads, batch } of [
      { threads: 1, batch: 1 },
      { threads: Number(values.threads), batch: 8 },
    ]) {
      const { version, difference, ...times } = await beside(interpreter, encoder, {
        threads,
        batch,
        rounds: Number(values.rounds),
        photos: Number(values.photos),
      })
      pytorchVersion = version
      compared.largestDifference = Math.max(compared.largestDifference, difference)
      compared.settings.push(times)
    }
    encoders.push(compared)
  }
  return { machine: cpus()[0]?.model ?? '', pytorchVersion, encoders }
}

async function beside(
  interpreter: string,
  { manifest, weights }: EncoderPackage,
  { threads, batch, rounds, photos }: { threads: number; batch: number; rounds: number; photos: number },
): Promise<ComparedEncoder['settings'][number] & { version: string; difference: number }> {
  const { input, grid } = manifest
  const model = keepOutputs(decodeModel(weights), [grid.output])
  const session = await createSession(encodeModel(model), { threads, waiting: 'sleep' })
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'))
  const peer = startPeer(interpreter, threads, 'encoder.py')
  try {
    const { pixels } = await prepareImage(await drawPicture(1), input, 'picture')
    const images = new Float32Array(batch * pixels.length)
    for (let image = 0; image < batch; image++) images.set(pixels, image * pixels.length)
    const encode = (some: Float32Array, count: number) => session.run({ [input.name]: new Tensor('float32', some, [count, 3, input.height, input.width]) })
    const theirs = await peer.ask({ kind: 'open', setting: writeSetting(folder, model, pixels, { ...input, output: grid.output, threads }) }, opened)
    const ours = (await encode(pixels, 1))[grid.output].data
    if (!(ours instanceof Float32Array)) throw new Error('grids are float32')
    const difference = Math.max(
      Math.abs(ours.reduce((sum, value) => sum + value, 0) / ours.length - theirs.mean),
      Math.abs(ours.reduce((most, value) => Math.max(most, value)) - theirs.largest),
    )
    const times = new Rounds()
    const runs = Math.max(1, Math.round(photos / batch))
    let layoutInPytorch = ''
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const own = await secondsOf(async () => {
        for (let time = 0; time < runs; time++) await encode(images, batch)
      })
      const { seconds, layout } = await peer.ask({ kind: 'encode', photos: batch, times: runs }, encoded)
      layoutInPytorch = layout
      times.add(round > 0, { ours: 1000 * own, pytorch: 1000 * seconds })
    }
    return { threads, batch, layoutInPytorch, ...times.compared(runs * batch), version: theirs.version, difference }
  } finally {
    await peer.close()
    await session.release()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes what the other side reads: nodes, constants, one photo; returns the file that names the rest. */
function writeSetting(
  folder: string,
  { graph }: OnnxModel,
  pixels: Float32Array,
  { name, output, width, height, threads }: { name: string; output: string; width: number; height: number; threads: number },
): string {
  const write = (file: string, data: Uint8Array | string): string => {
    writeFileSync(join(folder, file), data)
    return join(folder, file)
  }
  let offset = 0
  const constants = graph.initializers.map(({ name: constant, dataType, dims, rawData }) => {
    const entry = { shape: dims, offset, integers: dataType === onnxDataTypes.int64 }
    offset += Math.ceil(rawData.length / 8) * 8
    return [constant, entry] as const
  })
  const data = new Uint8Array(offset)
  graph.initializers.forEach(({ rawData }, index) => data.set(rawData, constants[index][1].offset))
  return write(
    'setting.json',
    JSON.stringify({
      ...{ input: name, output, width, height, threads },
      data: write('constants.bin', data),
      photo: write('photo.f32', new Uint8Array(pixels.buffer)),
      constants: Object.fromEntries(constants),
      nodes: graph.nodes.map(({ opType, inputs, outputs, attributes }) => ({ op: opType, inputs, outputs, attributes: plain(attributes) })),
    }),
  )
}

function plain(attributes: Readonly<Record<string, OnnxAttribute>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]))
}
