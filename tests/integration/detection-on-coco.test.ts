/** The converted detector against people's words: what the five captions of a COCO photo agree on is found in it, and hardly anywhere else. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { prepareImage, readImageFile } from '#engine/vision/photos/image.ts'
import { captioningEncoderFolder, defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { sharedData, withoutSharedData } from '../support/shared-data.ts'

const annotations = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string() })),
  annotations: z.array(z.object({ image_id: z.number(), caption: z.string() })),
})

/** label, the words that mean it, least share found where at least four captions say so, largest share found where none does */
type Expectation = [label: string, words: RegExp, found: number, imagined: number]

const ofOpenImages: Expectation[] = [
  ['Person', /\b(man|woman|men|women|person|people|boy|girl|player|child)\b/i, 0.75, 0.25],
  ['Cat', /\b(cats?|kittens?)\b/i, 0.9, 0.02],
  ['Dog', /\bdogs?\b/i, 0.75, 0.05],
  ['Car', /\bcars?\b/i, 0.75, 0.1],
  ['Laptop', /\blaptops?\b/i, 0.65, 0.02],
  ['Table', /\btables?\b/i, 0.65, 0.12],
  ['Computer monitor', /\b(monitor|computer|tv|television|screen)s?\b/i, 0.6, 0.03],
]

const ofCoco: Expectation[] = [
  ['person', /\b(man|woman|men|women|person|people|boy|girl|player|child)\b/i, 0.8, 0.35],
  ['bus', /\bbus(es)?\b/i, 0.8, 0.05],
  ['train', /\btrains?\b/i, 0.7, 0.05],
  ['cat', /\b(cats?|kittens?)\b/i, 0.8, 0.05],
  ['dog', /\bdogs?\b/i, 0.7, 0.05],
  ['giraffe', /\bgiraffes?\b/i, 0.8, 0.02],
  ['zebra', /\bzebras?\b/i, 0.8, 0.02],
  ['pizza', /\bpizzas?\b/i, 0.7, 0.05],
  ['toilet', /\btoilets?\b/i, 0.7, 0.03],
]

const detectors: [name: string, folder: string, expectations: Expectation[]][] = [
  ['OpenImages', defaultEncoderFolder, ofOpenImages],
  ['COCO', captioningEncoderFolder, ofCoco],
]

describe.skipIf(!sharedData).each(detectors)(
  `the embedded detector of %s on COCO photos (skipped when ${withoutSharedData})`,
  (_name, encoderFolder, expectations) => {
    const found = new Map<string, Set<string>>()
    const captions = new Map<string, string[]>()

    beforeAll(async () => {
      const folder = join(sharedData ?? '', 'coco')
      const { images, annotations: texts } = annotations.parse(JSON.parse(readFileSync(join(folder, 'captions_val2017.json'), 'utf8')))
      const names = new Map(images.map(({ id, file_name }) => [id, file_name]))
      for (const { image_id, caption } of texts) {
        const name = names.get(image_id) ?? ''
        captions.set(name, [...(captions.get(name) ?? []), caption])
      }
      await ensureEncoders()
      const encoder = await openEncoder(encoderFolder)
      const files = readdirSync(join(folder, 'images'))
      for (let start = 0; start < files.length; start += 8) {
        const chunk = files.slice(start, start + 8)
        const prepare = async (name: string) => prepareImage(await readImageFile(join(folder, 'images', name)), encoder.manifest.input, name)
        const photos = await Promise.all(chunk.map(prepare))
        const batch = new Float32Array(photos.length * photos[0].pixels.length)
        photos.forEach(({ pixels }, index) => batch.set(pixels, index * pixels.length))
        const things = await encoder.detect(batch, chunk.length, { minimumScore: 0.3 })
        chunk.forEach((name, index) => found.set(name, new Set(things[index].map(({ label }) => label))))
      }
      await encoder.close()
    })

    test.each(expectations)('%s', (label, words, leastFound, mostImagined) => {
      const share = (wanted: (mentions: number) => boolean): number => {
        const photos = [...found].filter(([name]) => wanted((captions.get(name) ?? []).filter((caption) => words.test(caption)).length))
        return photos.filter(([, labels]) => labels.has(label)).length / photos.length
      }
      expect(share((mentions) => mentions >= 4)).toBeGreaterThanOrEqual(leastFound)
      expect(share((mentions) => mentions === 0)).toBeLessThanOrEqual(mostImagined)
    })
  },
)
