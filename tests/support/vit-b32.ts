/** A CLIP image tower of ViT-B/32's published shape with random weights, as a Hugging Face folder in float16: 88 million parameters, 176 MB. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { float16Tensor, writeSafetensors, type StoredTensor } from '#engine/files/safetensors.ts'

const width = 768
const layers = 12
const feedForward = 3072
const patch = 32
const side = 224
const embedding = 512

/** Scale of CLIP's initial weights, about. */
const spread = 0.04

export function writeVitB32(folder: string): void {
  const tensors = new Map<string, StoredTensor>()
  const random = randomTensors()
  const linear = (name: string, rows: number, columns: number): void => {
    tensors.set(`${name}.weight`, random([rows, columns]))
    tensors.set(`${name}.bias`, random([rows]))
  }
  const norm = (name: string): void => {
    tensors.set(`${name}.weight`, float16Tensor(new Float32Array(width).fill(1), [width]))
    tensors.set(`${name}.bias`, random([width]))
  }
  tensors.set('vision_model.embeddings.class_embedding', random([width]))
  tensors.set('vision_model.embeddings.patch_embedding.weight', random([width, 3, patch, patch]))
  tensors.set('vision_model.embeddings.position_embedding.weight', random([(side / patch) ** 2 + 1, width]))
  norm('vision_model.pre_layrnorm')
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `vision_model.encoder.layers.${layer}`
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) linear(`${prefix}.self_attn.${part}`, width, width)
    norm(`${prefix}.layer_norm1`)
    linear(`${prefix}.mlp.fc1`, feedForward, width)
    linear(`${prefix}.mlp.fc2`, width, feedForward)
    norm(`${prefix}.layer_norm2`)
  }
  norm('vision_model.post_layernorm')
  tensors.set('visual_projection.weight', random([embedding, width]))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors))
  // Sizes that the config leaves out are ViT-B/32's.
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'clip_vision_model', hidden_act: 'quick_gelu', projection_dim: embedding }))
}

/** Tensors cut out of one drawn block, each from another place: drawing 88 million values would take longer than using them. */
function randomTensors(): (shape: number[]) => StoredTensor {
  const dice = xoroshiro128plus(1)
  const values = Float32Array.from({ length: 2 ** 18 + 7 }, () => (spread * uniformInt(dice, -1000, 1000)) / 1000)
  const block = float16Tensor(values, [values.length]).bytes
  let place = 0
  return (shape) => {
    const bytes = new Uint8Array(2 * shape.reduce((product, length) => product * length, 1))
    for (let done = 0; done < bytes.length;) {
      const piece = block.subarray(place, place + bytes.length - done)
      bytes.set(piece, done)
      done += piece.length
      place = (place + piece.length) % block.length
    }
    return { type: 'F16', shape, bytes }
  }
}
