/**
 * Object hallucination: CHAIRi and CHAIRs (Rohrbach et al. 2018) over the 80 COCO classes, by our own words and plural rules, so values are
 * near the published tool's but not its own. An object is true if the image's instances have it or a reference names it; where there are no
 * instances the measure is "reference-based" and stricter than the paper's.
 */
import { cocoObjects, notObjects } from './chair-objects.ts'
import type { ImageId } from '#shared/domain.ts'
import { plural } from './plurals.ts'
import type { ImageToScore } from '../score-corpus.ts'

export interface ImageObjects {
  /** classes mentioned, one entry a mention */
  mentioned: string[]
  /** the caption's own words for each of them: `puppy` for a dog */
  terms: string[]
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
/** Before these, too, a `baby` or `adult` is no person, though they are no class. */
const unclassedAnimals = new Set(['animal', 'animals', 'cub', 'cubs'])
const wordsAfterNouns = new Set('and or on in is are with at of to next sitting sits that cut near beside'.split(' '))
const colours = new Set(['black', 'white', 'blue', 'green', 'red', 'yellow', 'brown', 'gray', 'grey', 'silver', 'purple', 'pink', 'tan'])
const numbers = new Set('two three four five six seven eight nine ten many several some few multiple both various herd flock group'.split(' '))
/** These are many, and the rule finds no other form of them. */
const pluralsWithoutForm = new Set(['people', 'cattle', 'oxen'])
const nothing = ''
const noTerm = { name: nothing, many: false, length: 1 }
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
    const mentions = mentionsIn(candidate)
    const mentioned = mentions.map(({ name }) => name)
    const hallucinated = mentioned.filter((name) => !present.has(name))
    perImage.set(id, { mentioned, terms: mentions.map(({ term }) => term), hallucinated })
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
  return mentionsIn(tokens).map(({ name }) => name)
}

export interface Mention {
  /** COCO class */
  name: string
  /** `dogs`, `two sheep`, `people`: more than one */
  many: boolean
  /** as the caption says it */
  term: string
}

/** The COCO classes that a tokenized caption mentions, in order, and whether one or more of each. */
export function mentionsIn(tokens: readonly string[]): Mention[] {
  const found: (Omit<Mention, 'term'> & { from: number; to: number })[] = []
  let at = 0
  while (at < tokens.length) {
    const { name, many, length } = termAt(tokens, at)
    if (name !== nothing && !isColour(tokens, at)) found.push({ name, many: many || isCounted(tokens, at), from: at, to: at + length })
    at += length
  }
  // A `mother bear` is no person, no `baby carrot` is, nor an `adult animal`.
  const tellsSize = (i: number): boolean => {
    const { name, from, to } = found[i]
    if (name !== 'person') return false
    if (unclassedAnimals.has(tokens[to])) return true
    const next = found[i + 1]
    return next?.from === to && (animals.has(next.name) || tokens[from] === 'baby')
  }
  const term = (i: number): string => tokens.slice(found[i].from, found[i].to).join(' ')
  // The published rules: beside a toilet its seat is no chair, wherever it stands.
  const toilet = found.some((_, i) => /^toilets?(?: seats?)?$/.test(term(i)))
  const ofToilet = (i: number): boolean => toilet && /^seats?$/.test(term(i))
  return found.flatMap(({ name, many }, i) => (tellsSize(i) || ofToilet(i) ? [] : [{ name, many, term: term(i) }]))
}

/** `two sheep`, `three brown dogs`, `a herd of cattle`: a number stands before the term, or before one word between. */
function isCounted(tokens: readonly string[], at: number): boolean {
  const between = tokens[at - 1]
  return numbers.has(between) || (numbers.has(tokens[at - 2]) && (between === 'of' || !wordsAfterNouns.has(between)))
}

/** The longest term at a place; one word of nothing if there is none. */
function termAt(tokens: readonly string[], at: number): Omit<Mention, 'term'> & { length: number } {
  if (!firstWords.has(tokens[at])) return noTerm
  for (let length = Math.min(longestTerm, tokens.length - at); length > 0; length--) {
    const term = classOfTerm.get(tokens.slice(at, at + length).join(' '))
    if (term !== undefined) return { ...term, length }
  }
  return noTerm
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
function buildTerms(): Map<string, Omit<Mention, 'term'>> {
  const terms = new Map<string, Omit<Mention, 'term'>>()
  const add = (term: string, name: string): void => {
    terms.set(plural(term), { name, many: true })
    terms.set(term, { name, many: pluralsWithoutForm.has(term) })
  }
  for (const term of notObjects) add(term, nothing)
  for (const [name, words] of Object.entries(cocoObjects)) for (const term of [name, ...words]) add(term, name)
  return terms
}
