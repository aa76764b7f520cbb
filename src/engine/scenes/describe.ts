/** Describes a scene in five different sentences: counts, colours, sizes and where things are. */
import { dice, type Group, type Relation, type Scene } from './compose.ts'

const numbers = ['zero', 'one', 'two', 'three', 'four', 'five']

const relationWords: Record<Relation, readonly string[]> = {
  left: ['to the left of', 'on the left side of', 'next to'],
  right: ['to the right of', 'on the right side of', 'next to'],
  front: ['in front of', 'standing before'],
  behind: ['behind'],
  above: ['above', 'in the sky above', 'over'],
  below: ['below', 'under', 'underneath'],
}

function article(words: string): string {
  return /^[aeiou]/.test(words) ? 'an' : 'a'
}

interface Detail {
  colour: boolean
  size: boolean
}

/** "a small brown dog", "two large elephants". */
export function nounPhrase(group: Group, detail: Detail): string {
  const count = group.boxes.length
  const adjectives = [
    detail.size && group.size !== 'normal' ? group.size : null,
    detail.colour ? group.thing.colour : null,
  ].filter((word) => word !== null)
  const words = [...adjectives, count === 1 ? group.thing.noun : group.thing.plural].join(' ')
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
  const where = (): string => roll.pick(scene.backdrop.where)
  const plain: Detail = { colour: false, size: false }
  const full: Detail = { colour: true, size: true }
  const colours: Detail = { colour: true, size: false }
  const sizes: Detail = { colour: false, size: true }
  const [first, second] = scene.groups
  if (first === undefined) throw new Error('a scene has at least one group')
  if (second === undefined || scene.relation === null)
    return [
      `${capital(nounPhrase(first, full))} ${where()}.`,
      `There ${is(first)} ${nounPhrase(first, colours)} ${where()}.`,
      `A picture of ${nounPhrase(first, sizes)} ${where()}.`,
      `${capital(nounPhrase(first, plain))} standing next to each other ${where()}.`,
      `A ${scene.backdrop.name} scene with ${nounPhrase(first, full)}.`,
    ]
  const relation = (): string => roll.pick(relationWords[scene.relation ?? 'left'])
  const inverse: Record<Relation, Relation> = { left: 'right', right: 'left', front: 'behind', behind: 'front', above: 'below', below: 'above' }
  const back = roll.pick(relationWords[inverse[scene.relation]].filter((words) => words !== 'next to'))
  return [
    `${capital(nounPhrase(first, full))} ${relation()} ${nounPhrase(second, plain)} ${where()}.`,
    `There ${is(first)} ${nounPhrase(first, colours)} and ${nounPhrase(second, colours)} ${where()}.`,
    `${capital(nounPhrase(second, full))} ${back} ${nounPhrase(first, plain)}.`,
    `A picture of ${nounPhrase(first, sizes)} ${relation()} ${nounPhrase(second, sizes)}.`,
    `A ${scene.backdrop.name} scene with ${nounPhrase(first, plain)} and ${nounPhrase(second, plain)}.`,
  ]
}
