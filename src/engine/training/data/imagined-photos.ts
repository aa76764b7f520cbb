/**
 * Captions without photos. An encoder's class token may tell what its detector finds. Then a caption can teach without its photo: the things that
 * it names stand for what the detector would have found, and this imagined evidence replaces that of a similar photo. The captioner learns words
 * for things that no training photo shows, and learns to take them from the detector (after text-only training, Fei et al. 2023,
 * “Transferable Decoding with Visual Entities”).
 *
 * How sure the detector is of what people name, and of what they do not name, is drawn from the captioned photos.
 */
import { mentionsIn } from '#engine/metrics/failures/chair.ts'
import { tokenize } from '#engine/text/simple-tokenizer.ts'
import { randomAt, uniform, uniformInt, type RandomGenerator } from '#shared/random.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'

/** Where evidence stands in the first visual token: for each label how sure the detector is, then for each how much of it there is. */
export interface EvidencePlace {
  readonly first: number
  readonly labels: readonly string[]
}

export interface Captioned {
  readonly key: string
  readonly captions: readonly string[]
}

/** How sure the detector is of a thing, and how much of it there is. */
type Evidence = readonly [sure: number, much: number]

interface CaptionedPhoto {
  readonly key: string
  /** [2 × labels] */
  readonly evidence: Float32Array
  readonly named: ReadonlyMap<string, Naming>
}

interface Naming {
  /** of the captions */
  share: number
  many: boolean
}

interface Experience {
  photos: readonly CaptionedPhoto[]
  /** Evidence of what people named: of one, of many; of persons, of other things. */
  ofNamed: Record<'one person' | 'persons' | 'one thing' | 'things', Evidence[]>
}

/** A thing that so large a share of a photo's captions names was noticed by them all. */
const noticed = 0.4
/** Photos that are compared before one is laid under imagined evidence. */
const comparedPhotos = 24
/** Evidence of a thing that the detector does not see: noise. */
const none: Evidence = [0.2, 0]

/**
 * A feature source that also has imagined photos, under the keys of `imagined`: the features of a real photo, with the evidence replaced by that
 * of what the captions name. The same seed gives the same features.
 */
export function withImaginedPhotos<Source extends FeatureSource>(
  source: Source,
  { place, photos, imagined, seed }: { place: EvidencePlace; photos: readonly Captioned[]; imagined: readonly Captioned[]; seed: number },
): Source {
  const experience = experienceOf(photos, source, place)
  const made = new Map(
    imagined.map(({ key, captions }, index) => [key, imaginedPhoto(namedIn(captions), experience, place.labels, randomAt(seed, 'imagined', index))]),
  )
  return {
    ...source,
    readInto(key, mirrored, destination) {
      const photo = made.get(key)
      source.readInto(photo?.under ?? key, mirrored, destination)
      if (photo !== undefined) destination.set(photo.evidence, place.first)
    },
  }
}

/**
 * Keeps those whose captions name something that less than a share of `familiar` of the photos' captions name. The captioner should learn common
 * things from photos: imagined ones would teach it not to look.
 */
export function namingTheUnfamiliar<Image extends Omit<Captioned, 'key'>>(
  imagined: readonly Image[],
  photos: readonly Omit<Captioned, 'key'>[],
  familiar: number,
): Image[] {
  const counts = new Map<string, number>()
  for (const { captions } of photos) for (const [name, { share }] of namedIn(captions)) if (share >= noticed) counts.set(name, (counts.get(name) ?? 0) + 1)
  const isUnfamiliar = (name: string): boolean => (counts.get(name) ?? 0) < familiar * photos.length
  return imagined.filter(({ captions }) => [...namedIn(captions)].some(([name, { share }]) => share >= noticed && isUnfamiliar(name)))
}

function experienceOf(photos: readonly Captioned[], source: FeatureSource, { first, labels }: EvidencePlace): Experience {
  const values = new Float32Array(source.visualTokens * source.featureWidth)
  const ofNamed: Experience['ofNamed'] = { 'one person': [], persons: [], 'one thing': [], things: [] }
  const known = photos.map(({ key, captions }): CaptionedPhoto => {
    source.readInto(key, false, values)
    const evidence = values.slice(first, first + 2 * labels.length)
    const named = namedIn(captions)
    labels.forEach((label, index) => {
      const naming = named.get(label)
      if (naming !== undefined && naming.share >= noticed) ofNamed[kindOf(label, naming)].push([evidence[index], evidence[labels.length + index]])
    })
    return { key, evidence, named }
  })
  return { photos: known, ofNamed }
}

function kindOf(label: string, { many }: Naming): keyof Experience['ofNamed'] {
  if (label === 'person') return many ? 'persons' : 'one person'
  return many ? 'things' : 'one thing'
}

/** What captions of one photo name, how many of them, and whether most of these mean more than one. */
function namedIn(captions: readonly string[]): Map<string, Naming> {
  const counts = new Map<string, { captions: number; many: number }>()
  for (const caption of captions) {
    const mentions = mentionsIn(tokenize(caption))
    for (const name of new Set(mentions.map((mention) => mention.name))) {
      const count = counts.get(name) ?? { captions: 0, many: 0 }
      count.captions++
      if (mentions.some((mention) => mention.name === name && mention.many)) count.many++
      counts.set(name, count)
    }
  }
  return new Map([...counts].map(([name, count]) => [name, { share: count.captions / captions.length, many: count.many > count.captions / 2 }]))
}

function imaginedPhoto(
  named: ReadonlyMap<string, Naming>,
  { photos, ofNamed }: Experience,
  labels: readonly string[],
  random: RandomGenerator,
): { under: string; evidence: Float32Array } {
  const evidence = new Float32Array(2 * labels.length)
  const unnamed = anyOf(photos, random)
  labels.forEach((label, index) => {
    const naming = named.get(label)
    const [sure, much] = naming === undefined ? ofUnnamed(unnamed, label, index, labels.length) : ofNaming(label, naming, ofNamed, random)
    evidence[index] = sure
    evidence[labels.length + index] = much
  })
  const compared = Array.from({ length: comparedPhotos }, () => anyOf(photos, random))
  const under = compared.reduce((best, photo) => (likeness(photo.evidence, evidence) > likeness(best.evidence, evidence) ? photo : best))
  return { under: under.key, evidence }
}

/** What one caption of five names is found less often than what all name. */
function ofNaming(label: string, naming: Naming, ofNamed: Experience['ofNamed'], random: RandomGenerator): Evidence {
  const found = ofNamed[kindOf(label, naming)]
  return found.length === 0 || uniform(random) > 0.5 + naming.share ? none : anyOf(found, random)
}

/** What a photo's captions did not name either. */
function ofUnnamed({ evidence, named }: CaptionedPhoto, label: string, index: number, count: number): Evidence {
  return named.has(label) ? none : [evidence[index], evidence[count + index]]
}

function anyOf<T>(values: readonly T[], random: RandomGenerator): T {
  return values[uniformInt(random, 0, values.length - 1)]
}

/** Cosine. */
function likeness(left: Float32Array, right: Float32Array): number {
  let [product, ofLeft, ofRight] = [0, 0, 0]
  for (let i = 0; i < left.length; i++) {
    product += left[i] * right[i]
    ofLeft += left[i] ** 2
    ofRight += right[i] ** 2
  }
  return product / Math.sqrt(ofLeft * ofRight || 1)
}
