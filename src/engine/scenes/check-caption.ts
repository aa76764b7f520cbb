/** Finds what a caption gets wrong about a scene, whose things, counts and relations are known: the ground truth for tests of what models get wrong. */
import { backdrops, type Backdrop } from './backdrops.ts'
import { holds, type Group, type Relation, type Scene } from './compose.ts'
import { things } from './things.ts'

export type SceneFaultKind = 'hallucination' | 'count' | 'colour' | 'size' | 'relation' | 'place' | 'omission'

export interface SceneFault {
  kind: SceneFaultKind
  /** The words at fault; what was left out for an omission. */
  words: string
}

interface Mention {
  /** The groups that the noun may mean; none for a thing that is not there. */
  groups: Group[]
  noun: string
  adjectives: string[]
  /** How many are named; [lowest, highest]. */
  count: readonly [number, number]
  from: number
  to: number
}

const numbers: Readonly<Record<string, number>> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5 }
const relationPhrases: readonly (readonly [string, readonly Relation[]])[] = [
  ['to the left of', ['left']],
  ['on the left side of', ['left']],
  ['to the right of', ['right']],
  ['on the right side of', ['right']],
  ['in front of', ['front']],
  ['next to', ['left', 'right']],
  ['high above', ['above']],
  ['behind', ['behind']],
  ['above', ['above']],
  ['over', ['above']],
  ['below', ['below']],
  ['under', ['below']],
]
const sizeWords: ReadonlySet<string> = new Set(['small', 'large', 'short', 'tall'])
const colourWords: ReadonlySet<string> = new Set(things.flatMap(({ colour }) => (colour === null ? [] : colour.split(' ').filter((word) => word !== 'and'))))
const nouns: ReadonlySet<string> = new Set(things.flatMap(({ noun, plural }) => [noun, plural]))
const places: readonly (readonly [string, Backdrop])[] = Object.values(backdrops).flatMap((backdrop) =>
  [...backdrop.where, ...backdrop.over, backdrop.scene].map((words) => [words, backdrop] as const),
)

/** Everything the caption says that is not so, and the groups it does not name; none for a true and whole caption. */
export function checkCaption(scene: Scene, caption: string): SceneFault[] {
  const words = caption.toLowerCase().match(/[a-z]+/g) ?? []
  const mentions = mentionsIn(scene, words)
  const faults = mentions.flatMap((mention) => faultsOf(mention))
  mentions.forEach((mention, index) => {
    const next = mentions[index + 1]
    if (next !== undefined) faults.push(...wrongRelation(words.slice(mention.to, next.from).join(' '), mention, next))
  })
  const text = ` ${words.join(' ')} `
  for (const [phrase, backdrop] of places) if (backdrop !== scene.backdrop && text.includes(` ${phrase} `)) faults.push({ kind: 'place', words: phrase })
  for (const group of scene.groups) if (!mentions.some(({ groups }) => groups.includes(group))) faults.push({ kind: 'omission', words: group.thing.noun })
  return faults
}

function mentionsIn(scene: Scene, words: readonly string[]): Mention[] {
  const mentions: Mention[] = []
  for (let at = 0; at < words.length; at += 1) {
    const pair = words.slice(at, at + 2).join(' ')
    const noun = nouns.has(pair) ? pair : nouns.has(words[at] ?? '') ? (words[at] ?? '') : null
    if (noun === null) continue
    const to = at + noun.split(' ').length
    let from = at
    const adjectives: string[] = []
    while (from > 0 && isAdjective(words, from - 1)) adjectives.unshift(words[(from -= 1)] ?? '')
    const groups = scene.groups.filter(({ thing }) => thing.noun === noun || thing.plural === noun)
    mentions.push({ groups, noun, adjectives: adjectives.filter((word) => word !== 'and'), count: countBefore(words, from), from: from - 1, to })
    at = to - 1
  }
  return mentions
}

/** `and` belongs to a colour where one stands on either side: black and white. */
function isAdjective(words: readonly string[], at: number): boolean {
  const word = words[at] ?? ''
  if (word === 'and') return colourWords.has(words[at - 1] ?? '') && colourWords.has(words[at + 1] ?? '')
  return sizeWords.has(word) || colourWords.has(word)
}

const any = [1, 5] as const

function countBefore(words: readonly string[], at: number): readonly [number, number] {
  const before = words[at - 1] ?? ''
  const number = numbers[before]
  if (number !== undefined) return [number, number]
  const phrase = words.slice(Math.max(0, at - 2), at).join(' ')
  return phrase === 'pair of' ? [2, 2] : phrase === 'group of' ? [3, 5] : any
}

function faultsOf({ groups, noun, adjectives, count }: Mention): SceneFault[] {
  const [group] = groups
  if (group === undefined) return [{ kind: 'hallucination', words: noun }]
  const faults: SceneFault[] = []
  const { boxes, thing, size } = group
  if (boxes.length < count[0] || boxes.length > count[1]) faults.push({ kind: 'count', words: noun })
  for (const word of adjectives) {
    if (sizeWords.has(word)) {
      const said = word === 'small' || word === 'short' ? 'small' : 'large'
      if (said !== size) faults.push({ kind: 'size', words: `${word} ${noun}` })
    } else if (!(thing.colour ?? '').split(' ').includes(word)) faults.push({ kind: 'colour', words: `${word} ${noun}` })
  }
  return faults
}

function wrongRelation(between: string, first: Mention, second: Mention): SceneFault[] {
  const [one] = first.groups
  const [other] = second.groups
  const said = relationPhrases.find(([phrase]) => ` ${between} `.includes(` ${phrase} `))
  if (said === undefined || one === undefined || other === undefined || one === other) return []
  const [phrase, relations] = said
  return relations.some((relation) => holds(relation, one.boxes, other.boxes)) ? [] : [{ kind: 'relation', words: phrase }]
}
