/** Published CLIPs' image towers in OpenAI's names and true sizes, with drawn weights: what a lab brings, as far as shapes go. */
import { writeFileSync } from 'node:fs'
import { writeSafetensors, type StoredTensor } from '#engine/models/safetensors.ts'
import { encodeFloat16 } from '#engine/vision/float16.ts'

/** Numbers in −1 … 1, repeated as often as a tensor needs: not one tensor's length is a multiple of their number. */
const drawn = Float32Array.from({ length: 65_521 }, (_, index) => {
  const value = Math.sin((index + 1) * 12.9898) * 43_758.5453
  return 2 * (value - Math.floor(value)) - 1
})

/** float16, as OpenAI's files are: uniform in ± bound around a centre. */
function half(shape: number[], bound: number, centre = 0): StoredTensor {
  const tile = new Uint16Array(drawn.length)
  encodeFloat16(drawn.map((value) => centre + bound * value), tile)
  const values = new Uint16Array(shape.reduce((product, size) => product * size, 1))
  for (let first = 0; first < values.length; first += tile.length) values.set(tile.subarray(0, values.length - first), first)
  return { type: 'F16', shape, bytes: new Uint8Array(values.buffer) }
}

type Tensors = Map<string, StoredTensor>

function putLinear(tensors: Tensors, name: string, outputs: number, inputs: number): void {
  tensors.set(`${name}.weight`, half([outputs, inputs], Math.sqrt(3 / inputs)))
  tensors.set(`${name}.bias`, half([outputs], 0.01))
}

function putNorm(tensors: Tensors, name: string, width: number): void {
  tensors.set(`${name}.weight`, half([width], 0.1, 1))
  tensors.set(`${name}.bias`, half([width], 0.1))
}

/** ViT-B/32: 12 layers of 768, patches of 32 pixels, 88 million weights. */
export function writeVitB32(path: string): void {
  const width = 768
  const tensors: Tensors = new Map([
    ['visual.conv1.weight', half([width, 3, 32, 32], 0.03)],
    ['visual.class_embedding', half([width], 0.1)],
    ['visual.positional_embedding', half([50, width], 0.1)],
    ['visual.proj', half([width, 512], 0.06)],
  ])
  putNorm(tensors, 'visual.ln_pre', width)
  putNorm(tensors, 'visual.ln_post', width)
  for (let layer = 0; layer < 12; layer++) {
    const block = `visual.transformer.resblocks.${layer}`
    putNorm(tensors, `${block}.ln_1`, width)
    putNorm(tensors, `${block}.ln_2`, width)
    tensors.set(`${block}.attn.in_proj_weight`, half([3 * width, width], Math.sqrt(3 / width)))
    tensors.set(`${block}.attn.in_proj_bias`, half([3 * width], 0.01))
    putLinear(tensors, `${block}.attn.out_proj`, width, width)
    putLinear(tensors, `${block}.mlp.c_fc`, 4 * width, width)
    putLinear(tensors, `${block}.mlp.c_proj`, width, 4 * width)
  }
  writeFileSync(path, writeSafetensors(tensors))
}

/** RN50, CLIP's modified ResNet: 3, 4, 6 and 3 blocks, 2048 channels, 38 million weights. */
export function writeRn50(path: string): void {
  const tensors: Tensors = new Map()
  const convolution = (name: string, outputs: number, inputs: number, kernel: number): void =>
    void tensors.set(`${name}.weight`, half([outputs, inputs, kernel, kernel], Math.sqrt(6 / (inputs * kernel * kernel))))
  const norm = (name: string, width: number): void => {
    putNorm(tensors, name, width)
    tensors.set(`${name}.running_mean`, half([width], 0.1))
    tensors.set(`${name}.running_var`, half([width], 0.2, 1))
  }
  const stem = [[32, 3], [32, 32], [64, 32]]
  stem.forEach(([outputs, inputs], index) => {
    convolution(`visual.conv${index + 1}`, outputs, inputs, 3)
    norm(`visual.bn${index + 1}`, outputs)
  })
  let inputs = 64
  ;[3, 4, 6, 3].forEach((blocks, stage) => {
    const planes = 64 * 2 ** stage
    for (let block = 0; block < blocks; block++) {
      const name = `visual.layer${stage + 1}.${block}`
      convolution(`${name}.conv1`, planes, inputs, 1)
      convolution(`${name}.conv2`, planes, planes, 3)
      convolution(`${name}.conv3`, 4 * planes, planes, 1)
      norm(`${name}.bn1`, planes)
      norm(`${name}.bn2`, planes)
      norm(`${name}.bn3`, 4 * planes)
      if (block === 0) {
        convolution(`${name}.downsample.0`, 4 * planes, inputs, 1)
        norm(`${name}.downsample.1`, 4 * planes)
      }
      inputs = 4 * planes
    }
  })
  tensors.set('visual.attnpool.positional_embedding', half([50, 2048], 0.02))
  for (const letter of ['k', 'q', 'v']) putLinear(tensors, `visual.attnpool.${letter}_proj`, 2048, 2048)
  putLinear(tensors, 'visual.attnpool.c_proj', 1024, 2048)
  writeFileSync(path, writeSafetensors(tensors))
}
