/** Describes a scene in five different sentences: counts, colours, sizes and where things are. */
import { gapBetween, type Group, type Relation, type Scene } from './compose.ts'
import { dice } from './dice.ts'

const numbers = ['zero', 'one', 'two', 'three', 'four', 'five']
/** Pixels between two groups that stand "next to" each other. */
const nextTo = 60

const relationWords: Record<Relation, readonly string[]> = {
  left: ['to the left of', 'on the left side of'],
  right: ['to the right of', 'on the right side of'],
  front: ['in front of'],
  behind: ['behind'],
  above: ['above', 'over', 'high above'],
  below: ['below', 'under'],
}
const inverse: Record<Relation, Relation> = { left: 'right', right: 'left', front: 'behind', behind: 'front', above: 'below', below: 'above' }

function article(words: string): string {
  return /^[aeiou]/.test(words) ? 'an' : 'a'
}

interface Detail {
  colour: boolean
  size: boolean
}
const plain: Detail = { colour: false, size: false }
const full: Detail = { colour: true, size: true }
const colours: Detail = { colour: true, size: false }
const sizes: Detail = { colour: false, size: true }

/** People are tall or short, everything else large or small. */
function sizeWord({ size, thing }: Group): string | null {
  if (size === 'normal') return null
  if (thing.category !== 'person') return size
  return size === 'large' ? 'tall' : 'short'
}

function namedThings(group: Group, detail: Detail): string {
  const adjectives = [detail.size ? sizeWord(group) : null, detail.colour ? group.thing.colour : null]
  return [...adjectives, group.boxes.length === 1 ? group.thing.noun : group.thing.plural].filter((word) => word !== null).join(' ')
}

/** "a small brown dog", "two large elephants". */
export function nounPhrase(group: Group, detail: Detail): string {
  const count = group.boxes.length
  const words = namedThings(group, detail)
  return count === 1 ? `${article(words)} ${words}` : `${numbers[count] ?? String(count)} ${words}`
}

function is(group: Group): string {
  return group.boxes.length === 1 ? 'is' : 'are'
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** Five sentences, all true of the scene and no two the same; the same scene gives the same sentences. */
export function describeScene(scene: Scene): string[] {
  const roll = dice(scene.seed ^ 0x5ca1ab1e)
  const [first, second] = scene.groups
  if (first === undefined) throw new Error('a scene has at least one group')
  const flies = first.thing.place === 'sky'
  if (second === undefined || scene.relation === null) {
    const where = (): string => roll.pick(flies ? scene.backdrop.over : scene.backdrop.where)
    const together = first.boxes.length === 2 ? 'a pair of' : 'a group of'
    return [
      `${capital(nounPhrase(first, full))} ${first.thing.pose} ${where()}.`,
      `There are ${nounPhrase(first, colours)} ${where()}.`,
      `${capital(together)} ${namedThings(first, sizes)} ${where()}.`,
      `${capital(nounPhrase(first, plain))} side by side ${where()}.`,
      `${capital(scene.backdrop.scene)} with ${nounPhrase(first, full)}.`,
    ]
  }
  const where = (): string => roll.pick(scene.backdrop.where)
  const close = scene.relation === 'left' || scene.relation === 'right' ? gapBetween(first.boxes, second.boxes) < nextTo : false
  const relation = (): string => roll.pick([...relationWords[scene.relation ?? 'left'], ...(close ? ['next to'] : [])])
  const back = roll.pick(relationWords[inverse[scene.relation]])
  // What flies is on no grass.
  const [low, high] = flies ? [second, first] : [first, second]
  const both =
    high.thing.place === 'sky'
      ? `${nounPhrase(low, colours)} ${where()} and ${nounPhrase(high, colours)} in the sky`
      : `${nounPhrase(low, colours)} and ${nounPhrase(high, colours)} ${where()}`
  return [
    `${capital(nounPhrase(first, full))} ${first.thing.pose} ${relation()} ${nounPhrase(second, plain)} ${where()}.`,
    `There ${is(low)} ${both}.`,
    `${capital(nounPhrase(second, full))} ${second.thing.pose} ${back} ${nounPhrase(first, plain)}.`,
    `${capital(nounPhrase(first, sizes))} ${is(first)} ${relation()} ${nounPhrase(second, sizes)}.`,
    `${capital(scene.backdrop.scene)} with ${nounPhrase(first, plain)} and ${nounPhrase(second, plain)}.`,
  ]
}
