/** A package's text tower at work: texts to vectors in the space of its pooled image vectors. */
import { z } from 'zod'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { tokenizerFromJson } from '#engine/text/clip-tokenizer.ts'
import { AppError } from '#shared/errors.ts'
import { jsonOf } from '#shared/json.ts'
import { createSession, type SessionOptions } from '#engine/runtime/session.ts'
import { endRows } from '../clip/text-graph.ts'
import { readEncoderManifest, readPackageFile } from './encoder-package.ts'

export interface TextEncoder {
  readonly width: number
  /** Vectors [texts, width], as long as the tower makes them (not normalised). Texts that are too long are cut. */
  embed(texts: readonly string[]): Promise<Float32Array>
  close(): Promise<void>
}

const batch = 32

/** Throws AppError `unavailable` where the encoder has no text tower or tokenizer, and what reading the package throws. */
export async function openTextEncoder(folder: string, options: SessionOptions = {}): Promise<TextEncoder> {
  const { name, text, textMissing, pooled } = await readEncoderManifest(folder)
  if (text === undefined)
    throw textMissing === undefined
      ? new AppError('unavailable', `The encoder ${name} has no text tower, so texts and photos cannot be compared.`, {
          todo: 'Choose a CLIP that was added with its text tower and tokenizer.',
        })
      : new AppError('unavailable', `Through the encoder ${name} texts and photos cannot be compared. ${textMissing}`, {
          todo: 'Put what is missing beside the weights (a tokenizer can be named, too: --tokenizer) and add the encoder again.',
        })
  const tokenizerBytes = await readPackageFile(folder, text.tokenizer)
  const tokenizerFile = text.tokenizer.file
  const tokenizerJson = jsonOf(
    z.json(),
    new TextDecoder().decode(tokenizerBytes),
    (reason, cause) => new AppError('corrupt', `${tokenizerFile} of the encoder ${name} cannot be read: ${reason}.`, { todo: 'Add the encoder again.', cause }),
  )
  const tokenizer = tokenizerFromJson(tokenizerJson, tokenizerFile)
  const session = await createSession(await readPackageFile(folder, text.weights), options)
  const { context, endToken } = text
  return {
    width: pooled.width,
    async embed(texts) {
      const all = new Float32Array(texts.length * pooled.width)
      for (let first = 0; first < texts.length; first += batch) {
        const part = texts.slice(first, first + batch)
        const ids = tokenizer.encodeAll(part, context)
        const { embeddings } = await session.run({
          ids: new Tensor('int64', ids, [part.length, context]),
          ends: new Tensor('int64', endRows(ids, { context, endToken }), [part.length]),
        })
        if (!(embeddings.data instanceof Float32Array)) throw new AppError('bad-input', `The text tower of ${name} gives no float32 vectors.`)
        all.set(embeddings.data, first * pooled.width)
      }
      return all
    },
    close: () => session.release(),
  }
}
