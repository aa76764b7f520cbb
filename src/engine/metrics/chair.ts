/**
 * Object hallucination: CHAIRi and CHAIRs (Rohrbach et al. 2018) over the 80 COCO classes, by our own words and plural rules, so values are
 * near the published tool's but not its own. An object is true if the image's instances have it or a reference names it; where there are no
 * instances the measure is "reference-based" and stricter than the paper's.
 */
import { cocoObjects, notObjects } from './chair-objects.ts'
import type { ImageId } from './coco-files.ts'
import { plural } from './plurals.ts'
import type { ImageToScore } from './score-corpus.ts'

export interface ImageObjects {
  /** classes mentioned, one entry a mention */
  mentioned: string[]
  /** those that are not in the image */
  hallucinated: string[]
}

export interface ChairReport {
  /** hallucinated mentions over all mentions; null without any mention */
  chairI: number | null
  /** captions with a hallucinated object over all captions */
  chairS: number
  mentions: number
  hallucinatedMentions: number
  /** what counts as true; `mixed` where only some images have instances */
  basis: 'instances and references' | 'reference-based' | 'mixed'
  /** hallucinated mentions by class, most frequent first */
  byClass: { name: string; hallucinated: number; mentioned: number }[]
  perImage: Map<ImageId, ImageObjects>
}

const animals = new Set(['bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe'])
const wordsAfterNouns = new Set('and or on in is are with at of to next sitting sits that cut near beside'.split(' '))
const colours = new Set(['black', 'white', 'blue', 'green', 'red', 'yellow', 'brown', 'gray', 'grey', 'silver', 'purple', 'pink', 'tan'])
const nothing = ''
const longestTerm = 3
const classOfTerm = buildTerms()
const firstWords = new Set(Array.from(classOfTerm.keys(), (term) => term.split(' ')[0]))

/** The measure over tokenized captions; `instances` holds the classes that each image was annotated with. */
export function chair(images: readonly ImageToScore[], instances?: ReadonlyMap<ImageId, ReadonlySet<string>>): ChairReport {
  const perImage = new Map<ImageId, ImageObjects>()
  const counts = new Map<string, { mentioned: number; hallucinated: number }>()
  let withInstances = 0
  for (const { id, candidate, references } of images) {
    const annotated = instances?.get(id)
    if (annotated) withInstances++
    const present = new Set([...(annotated ?? []), ...references.flatMap((tokens) => objectsIn(tokens))])
    const mentioned = objectsIn(candidate)
    const hallucinated = mentioned.filter((name) => !present.has(name))
    perImage.set(id, { mentioned, hallucinated })
    for (const name of mentioned) {
      const count = counts.get(name) ?? { mentioned: 0, hallucinated: 0 }
      count.mentioned++
      if (!present.has(name)) count.hallucinated++
      counts.set(name, count)
    }
  }
  const all = [...perImage.values()]
  const mentions = all.reduce((sum, { mentioned }) => sum + mentioned.length, 0)
  const hallucinatedMentions = all.reduce((sum, { hallucinated }) => sum + hallucinated.length, 0)
  return {
    chairI: mentions === 0 ? null : hallucinatedMentions / mentions,
    chairS: all.filter(({ hallucinated }) => hallucinated.length > 0).length / Math.max(1, all.length),
    mentions,
    hallucinatedMentions,
    basis: withInstances === 0 ? 'reference-based' : withInstances === images.length ? 'instances and references' : 'mixed',
    byClass: [...counts]
      .map(([name, count]) => ({ name, ...count }))
      .filter(({ hallucinated }) => hallucinated > 0)
      .sort((a, b) => b.hallucinated - a.hallucinated || (a.name < b.name ? -1 : 1)),
    perImage,
  }
}

/** The COCO classes that a tokenized caption mentions, in order, each as often as it is mentioned. */
export function objectsIn(tokens: readonly string[]): string[] {
  const found: { name: string; from: number; to: number }[] = []
  let at = 0
  while (at < tokens.length) {
    const { name, length } = termAt(tokens, at)
    if (name !== nothing && !isColour(tokens, at)) found.push({ name, from: at, to: at + length })
    at += length
  }
  // A `mother bear` is no person, and no `baby carrot` is.
  const tellsSize = (i: number): boolean => {
    const next = found[i + 1]
    if (found[i].name !== 'person' || next?.from !== found[i].to) return false
    return animals.has(next.name) || tokens[found[i].from] === 'baby'
  }
  return found.filter((_, i) => !tellsSize(i)).map(({ name }) => name)
}

/** The longest term at a place; one word of nothing if there is none. */
function termAt(tokens: readonly string[], at: number): { name: string; length: number } {
  if (!firstWords.has(tokens[at])) return { name: nothing, length: 1 }
  for (let length = Math.min(longestTerm, tokens.length - at); length > 0; length--) {
    const name = classOfTerm.get(tokens.slice(at, at + length).join(' '))
    if (name !== undefined) return { name, length }
  }
  return { name: nothing, length: 1 }
}

/** `orange` is a fruit only where it is counted and neither noun nor colour follows, as in `an orange on a plate`. */
function isColour(tokens: readonly string[], at: number): boolean {
  if (tokens[at] !== 'orange') return false
  const counted = ['an', 'one', 'half', 'whole', 'peeled', 'sliced'].includes(tokens[at - 1])
  const nounFollows = at + 1 < tokens.length && !wordsAfterNouns.has(tokens[at + 1])
  const colourFollows = tokens[at + 1] === 'and' && colours.has(tokens[at + 2])
  return !counted || nounFollows || colourFollows
}

/** Every term in singular and plural, to its class; terms that are no objects to `nothing`. */
function buildTerms(): Map<string, string> {
  const terms = new Map<string, string>()
  const add = (term: string, name: string): void => {
    for (const form of [term, plural(term)]) terms.set(form, name)
  }
  for (const term of notObjects) add(term, nothing)
  for (const [name, words] of Object.entries(cocoObjects)) for (const term of [name, ...words]) add(term, name)
  return terms
}
