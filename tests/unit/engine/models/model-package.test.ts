import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { readModelPackage, writeModelPackage, type ModelParts } from '#engine/models/model-package.ts'
import { listModels } from '#engine/models/registry.ts'
import { vocabularyFromJson } from '#engine/text/vocabulary.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { tinyCaptioner } from '../../../support/tiny-training.ts'

const words = [...Array.from({ length: 19 }, (_, index) => `word${index}`), 'UNK']
const parts: ModelParts = {
  name: 'Tiny',
  config: tinyCaptioner.config,
  weights: initialWeights(tinyCaptioner, 1),
  encoder: { id: 'encoder', fingerprint: 'f', pooling: 2, visualTokens: 4 },
  vocabulary: vocabularyFromJson({ formatVersion: 1, tokenizer: 'simple', words }),
  documentFrequency: buildDocumentFrequency([[['a', 'dog']], [['a', 'cat']]], 'simple'),
  provenance: {
    parent: null,
    snapshot: null,
    recipe: { epochs: 3 },
    seed: 1,
    metrics: [{ set: 'dev', images: 10, beam: 3, scores: { CIDEr: 0.4 } }],
    created: new Date(0).toISOString(),
    trainingSeconds: 12,
  },
  card: '# Tiny\n',
}

let root: string
let folder: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capstan-models-'))
  folder = join(root, 'tiny')
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('model packages', () => {
  test('reads what was written, weights rounded to half precision', async () => {
    const manifest = await writeModelPackage(folder, parts)
    const read = await readModelPackage(folder)
    expect(read.manifest).toEqual(manifest)
    expect(manifest).toMatchObject({ id: 'tiny', name: 'Tiny', provenance: parts.provenance })
    expect(read.vocabulary.words).toEqual(words)
    expect((await read.documentFrequency()).id).toBe(parts.documentFrequency.id)
    for (const [name, values] of parts.weights) {
      const stored = read.weights.get(name)!
      const beyondRounding = values.filter((value, index) => Math.abs(stored[index] - value) > Math.abs(value) * 2 ** -11 + 2 ** -25)
      expect(beyondRounding, name).toHaveLength(0)
    }
    expect((await readdir(folder)).sort()).toEqual(['README.md', 'document-frequency.json.gz', 'manifest.json', 'vocabulary.json', 'weights.safetensors'])
    expect(await readdir(root)).toEqual(['tiny'])
  })

  test('does not overwrite unless told to', async () => {
    await writeModelPackage(folder, parts)
    await expect(writeModelPackage(folder, { ...parts, name: 'Other' })).rejects.toMatchObject({ code: 'conflict' })
    expect((await readModelPackage(folder)).manifest.name).toBe('Tiny')
    await writeModelPackage(folder, { ...parts, name: 'Other' }, { replace: true })
    expect((await readModelPackage(folder)).manifest.name).toBe('Other')
  })

  test.each(['weights.safetensors', 'vocabulary.json'])('a changed %s is refused', async (name) => {
    await writeModelPackage(folder, parts)
    const bytes = await readFile(join(folder, name))
    bytes[bytes.length - 3] ^= 1
    await writeFile(join(folder, name), bytes)
    await expect(readModelPackage(folder)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('weights that do not fit the captioner never become a package', async () => {
    const weights = new Map(parts.weights)
    weights.delete('model.encoder.norm.a_2')
    await expect(writeModelPackage(folder, { ...parts, weights })).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readdir(root)).toEqual([])
  })

  test('a package of a newer format is told apart from a damaged one', async () => {
    await writeModelPackage(folder, parts)
    const path = join(folder, 'manifest.json')
    await writeFile(path, (await readFile(path, 'utf8')).replace('"formatVersion": 1', '"formatVersion": 2'))
    await expect(readModelPackage(folder)).rejects.toMatchObject({ code: 'newer-version' })
  })
})

describe('the registry', () => {
  test('lists the packages of all roots and says which cannot be used', async () => {
    const other = join(root, 'more')
    await writeModelPackage(join(root, 'shipped', 'tiny'), parts)
    await writeModelPackage(join(other, 'tiny'), { ...parts, name: 'Shadowed' })
    await writeModelPackage(join(other, 'second'), parts)
    await writeModelPackage(join(other, 'broken'), parts)
    await writeFile(join(other, 'broken', 'manifest.json'), '{')
    const { models, problems } = await listModels([join(root, 'shipped'), other, join(root, 'absent')])
    expect(models.map(({ manifest }) => `${manifest.id} ${manifest.name}`)).toEqual(['tiny Tiny', 'second Tiny'])
    expect(problems.map(({ folder: at, report }) => [at, report.code])).toEqual([
      [join(other, 'broken'), 'corrupt'],
      [join(other, 'tiny'), 'conflict'],
    ])
  })
})
