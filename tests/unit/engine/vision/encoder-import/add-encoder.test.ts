import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addEncoder, type AddEncoder } from '#engine/vision/encoder-import/add-encoder.ts'
import { parseNormalisation } from '#engine/vision/encoder-import/preprocessor-config.ts'
import { findEncoder, listEncoders, removeEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { featureKey, poolGrid, storedGrid } from '#engine/vision/features/feature-key.ts'
import { openTextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { sharedData } from '../../../../support/shared-data.ts'
import { bytesOf, pooledOnlyModel, tokenModel, wave } from '../../../../support/small-onnx.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { writeTinyClip } from '../../../../support/tiny-clip.ts'

const half = parseNormalisation('half')
const fixture = join(sharedData ?? '', 'clip/vit-tiny')

function smallOnnx(): string {
  const path = join(temporaryFolder(), 'small net.onnx')
  writeFileSync(path, bytesOf(pooledOnlyModel()))
  return path
}

describe('adding an encoder', () => {
  test('writes a package that opens, under an id made of the name; the original stays', async () => {
    const [path, root] = [smallOnnx(), temporaryFolder()]
    const before = readFileSync(path)
    const { folder, manifest } = await addEncoder({ path, root, normalisation: half, resize: 'squash', licence: 'MIT' })
    expect(manifest).toMatchObject({
      id: 'small-net',
      name: 'small net',
      licence: 'MIT',
      source: 'small net.onnx',
      input: { resize: 'squash', mean: [0.5, 0.5, 0.5] },
    })
    expect(readFileSync(path)).toEqual(before)
    const encoder = await openEncoder(folder)
    expect((await encoder.encode(wave(3 * 3 * 32 * 32), 3)).grid.length).toBe(3 * 16 * 24)
    await encoder.close()
    await expect(addEncoder({ path, root, normalisation: half })).rejects.toMatchObject({ code: 'conflict' })
    await addEncoder({ path, root, normalisation: half, replace: true })
    expect(readdirSync(root)).toEqual(['small-net'])
  })

  test('a graph of a fixed batch gives any number of photos what it gives one by one', async () => {
    const path = join(temporaryFolder(), 'one.onnx')
    writeFileSync(path, bytesOf(tokenModel(1)))
    const { folder, manifest } = await addEncoder({ path, root: temporaryFolder(), normalisation: half, side: 32 })
    expect(manifest.batch).toBe(1)
    const encoder = await openEncoder(folder)
    const images = wave(3 * 3 * 1024)
    const together = await encoder.encode(images, 3)
    const alone = await encoder.encode(images.slice(2 * 3072), 1)
    expect(together.grid.length).toBe(3 * 16 * 24)
    expect(Array.from(together.grid.subarray(2 * 16 * 24))).toEqual(Array.from(alone.grid))
    await encoder.close()
  })

  test('asks for the normalisation only where no file tells it', async () => {
    const path = smallOnnx()
    const request: AddEncoder = { path, root: temporaryFolder() }
    await expect(addEncoder(request)).rejects.toThrow('No preprocessor_config.json')
    expect((await addEncoder({ ...request, ask: () => Promise.resolve(parseNormalisation('none')) })).manifest.input.std).toEqual([1, 1, 1])
    writeFileSync(join(path, '../preprocessor_config.json'), JSON.stringify({ image_mean: [0.1, 0.2, 0.3], image_std: [0.4, 0.5, 0.6], size: 32 }))
    const { manifest } = await addEncoder({ ...request, name: 'other', ask: () => Promise.reject(new Error('asked')) })
    expect(manifest.input).toMatchObject({ mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] })
  })

  test('one whose features are the same everywhere is not accepted, and nothing stays behind', async () => {
    const model = pooledOnlyModel()
    const [filters] = model.graph.initializers
    filters.rawData = new Uint8Array(filters.rawData.length)
    const [path, root] = [join(temporaryFolder(), 'dead.onnx'), temporaryFolder()]
    writeFileSync(path, bytesOf(model))
    await expect(addEncoder({ path, root, normalisation: half })).rejects.toThrow('its cells say the same everywhere')
    expect(readdirSync(root)).toEqual([])
  })

  test('takes levels as stored, as published preprocessing does, unless told to follow colour profiles', async () => {
    const request: AddEncoder = { path: smallOnnx(), root: temporaryFolder(), normalisation: half }
    expect((await addEncoder(request)).manifest.input.colour).toBe('as-stored')
    expect((await addEncoder({ ...request, name: 'other', colour: 'converted' })).manifest.input.colour).toBe('converted')
  })

  test('a PyTorch file is told to be one, whatever is in it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'ViT-B-32.pt'), 'pickle')
    await expect(addEncoder({ path: join(folder, 'ViT-B-32.pt'), root: join(folder, 'encoders') })).rejects.toMatchObject({
      code: 'bad-input',
      todo: expect.stringContaining('safetensors') as string,
    })
  })

  test('the registry lists, finds and removes', async () => {
    const root = temporaryFolder()
    const { folder } = await addEncoder({ path: smallOnnx(), root, normalisation: half })
    writeFileSync(join(root, 'stray.txt'), '')
    expect((await listEncoders([root, join(root, 'nowhere')])).encoders.map(({ manifest }) => manifest.id)).toEqual(['small-net'])
    expect(await findEncoder([root], 'small-net')).toBe(folder)
    expect(await findEncoder([], folder)).toBe(folder)
    await expect(findEncoder([root], 'other')).rejects.toThrow('those here are: small-net')
    await expect(removeEncoder(root, '../small-net')).rejects.toMatchObject({ code: 'bad-input' })
    await expect(removeEncoder(root, 'other')).rejects.toMatchObject({ code: 'not-found' })
    await removeEncoder(root, 'small-net')
    expect((await listEncoders([root])).encoders).toEqual([])
  })
})

describe.skipIf(!sharedData)('adding CLIP', () => {
  test('from a Hugging Face folder, with its licence, and without texts where there is no tokenizer', async () => {
    const source = temporaryFolder()
    cpSync(fixture, source, { recursive: true })
    writeFileSync(join(source, 'README.md'), '---\ntags: [vision]\nlicense: mit\n---\n# CLIP\n')
    const { folder, manifest, notes } = await addEncoder({ path: source, root: temporaryFolder(), name: 'CLIP tiny' })
    expect(manifest).toMatchObject({ id: 'clip-tiny', kind: 'clip-vit', licence: 'mit', grid: { rows: 4, columns: 4, width: 128 }, pooled: { width: 32 } })
    expect(manifest.input.colour).toBe('as-stored')
    expect(notes.join(' ')).toContain('no tokenizer')
    expect(manifest.textMissing).toContain('There was no tokenizer beside the weights (tokenizer.json')
    await expect(openTextEncoder(folder)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/CLIP tiny .* There was no tokenizer beside the weights/) as string,
      todo: expect.stringContaining('--tokenizer') as string,
    })
  })

  test('at another size, with the class token, whose token is never pooled', async () => {
    const { folder, manifest } = await addEncoder({ path: fixture, root: temporaryFolder(), side: 48, resize: 'squash', classToken: 'first' })
    expect(manifest).toMatchObject({ input: { width: 48, resize: 'squash' }, grid: { rows: 6, columns: 6, classToken: 'first' } })
    const encoder = await openEncoder(folder)
    const { grid } = await encoder.encode(wave(3 * 48 * 48), 1)
    await encoder.close()
    const key = featureKey(manifest, { pooling: 2 })
    expect([grid.length, storedGrid(key).tokens]).toEqual([37 * 128, 10])
    const pooled = new Float32Array(10 * 128)
    poolGrid(grid, key, pooled)
    expect(Array.from(pooled.subarray(0, 128))).toEqual(Array.from(grid.subarray(0, 128)))
    const cell = (index: number): number => grid[(1 + index) * 128]
    expect(pooled[128]).toBeCloseTo((cell(0) + cell(1) + cell(6) + cell(7)) / 4, 4)
  })

  test('with a tokenizer that fits, texts are embedded, the same alone and among others', async () => {
    const source = temporaryFolder()
    writeTinyClip(fixture, source)
    const { folder, manifest } = await addEncoder({ path: source, root: temporaryFolder() })
    expect(manifest.text).toMatchObject({ context: 16, endToken: 515 })
    const texts = await openTextEncoder(folder, { threads: 1 })
    const many = await texts.embed(Array.from({ length: 40 }, (_, index) => (index === 37 ? 'a dog' : `photo ${index}`)))
    const alone = await texts.embed(['A  dog'])
    await texts.close()
    expect(many.length).toBe(40 * 32)
    alone.forEach((value, index) => expect(many[37 * 32 + index]).toBeCloseTo(value, 5))
  })
})
