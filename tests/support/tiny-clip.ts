/** The shared tiny CLIP as a Hugging Face folder with a tokenizer that fits it: its token table has room for a merge or two. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { float32Tensor, floatValues, readSafetensors, writeSafetensors } from '#engine/files/safetensors.ts'
import { tokenizerFromMerges, tokenizerToJson } from '#engine/text/clip-tokenizer.ts'
import { wave } from './small-onnx.ts'

/** Writes it into `target`; `fixture` is the shared data's clip/vit-tiny. */
export function writeTinyClip(fixture: string, target: string): void {
  cpSync(fixture, target, { recursive: true })
  const tensors = new Map(readSafetensors(readFileSync(join(fixture, 'model.safetensors')), 'fixture').tensors)
  const name = 'text_model.embeddings.token_embedding.weight'
  const table = tensors.get(name)
  if (table === undefined) throw new Error(`the fixture has no ${name}`)
  const rows = new Float32Array(516 * 64)
  rows.set(floatValues(table, name))
  rows.set(wave(4 * 64), 512 * 64)
  tensors.set(name, float32Tensor(rows, [516, 64]))
  writeFileSync(join(target, 'model.safetensors'), writeSafetensors(tensors))
  const config = JSON.parse(readFileSync(join(fixture, 'config.json'), 'utf8')) as { text_config: Record<string, number> }
  Object.assign(config.text_config, { vocab_size: 516, eos_token_id: 515 })
  writeFileSync(join(target, 'config.json'), JSON.stringify(config))
  const tokenizer = tokenizerFromMerges('#version\nd o\ndo g</w>', 'merges')
  writeFileSync(join(target, 'tokenizer.json'), JSON.stringify(tokenizerToJson(tokenizer)))
}
