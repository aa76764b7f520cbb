/** Composes a scene from a seed: a backdrop, two to five things in one or two groups, with places, sizes, and the relation between the groups. */
import { backdropNames, backdrops, horizonLine, sceneHeight, sceneWidth, type Backdrop } from './backdrops.ts'
import { dice, type Dice } from './dice.ts'
import { things, type Place, type Thing } from './things.ts'

export type Size = 'small' | 'normal' | 'large'
export type Relation = 'left' | 'right' | 'front' | 'behind' | 'above' | 'below'

/** Pixels, origin at the upper left: what the drawing fills, no margin. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Group {
  thing: Thing
  size: Size
  /** Drawn as its mirror image. */
  mirrored: boolean
  boxes: Box[]
}

export interface Scene {
  seed: number
  backdrop: Backdrop
  /** The first group is what the scene is about. */
  groups: Group[]
  /** Where the first group is seen from the second, or null when there is one group. */
  relation: Relation | null
}

const factor: Record<Size, number> = { small: 0.72, normal: 1, large: 1.3 }
const margin = 8
const mostTries = 400
/** At least this share of every thing is seen. */
const leastVisible = 0.6

const middleOf = ({ x, width }: Box): number => x + width / 2
const feetOf = ({ y, height }: Box): number => y + height

/** How large something looks whose feet are at `feet`: farther is smaller. */
function perspective(feet: number, thing: Thing): number {
  return thing.place === 'sky' ? 1 : 0.78 + (0.36 * (feet - horizonLine)) / (sceneHeight - horizonLine)
}

function boxAt(thing: Thing, size: Size, middle: number, feet: number, stretch: number): Box {
  const height = thing.height * factor[size] * perspective(feet, thing) * sceneHeight * stretch
  const width = (height * thing.bounds[2]) / thing.bounds[3]
  return { x: Math.round(middle - width / 2), y: Math.round(feet - height), width: Math.round(width), height: Math.round(height) }
}

/** Things side by side around `middle`, their feet near `feet`. */
function rowOf(thing: Thing, size: Size, count: number, middle: number, feet: number, roll: Dice): Box[] {
  const { width } = boxAt(thing, size, middle, feet, 1)
  const step = width * (1.08 + roll.integer(0, 30) / 100) + 4
  const drop = thing.place === 'sky' ? 16 : 6
  return Array.from({ length: count }, (_, index) =>
    boxAt(thing, size, middle + (index - (count - 1) / 2) * step + roll.integer(-4, 4), feet + roll.integer(-drop, drop), 1 + roll.integer(-5, 5) / 100),
  )
}

const inside = ({ x, y, width, height }: Box): boolean => x >= margin && y >= margin && x + width <= sceneWidth - margin && y + height <= sceneHeight - margin

/** The share of a box that no nearer box covers (nearer = feet lower in the picture), by a grid of points. */
function visibleShare(box: Box, others: readonly Box[]): number {
  const nearer = others.filter((other) => other !== box && feetOf(other) >= feetOf(box))
  const steps = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95]
  const points = steps.flatMap((across) => steps.map((down) => [box.x + across * box.width, box.y + down * box.height] as const))
  const seen = points.filter(([x, y]) => !nearer.some((other) => x > other.x && x < other.x + other.width && y > other.y && y < feetOf(other)))
  return seen.length / points.length
}

const leftmost = (boxes: readonly Box[]): number => Math.min(...boxes.map(({ x }) => x))
const rightmost = (boxes: readonly Box[]): number => Math.max(...boxes.map(({ x, width }) => x + width))
const highest = (boxes: readonly Box[]): number => Math.min(...boxes.map(({ y }) => y))
const lowest = (boxes: readonly Box[]): number => Math.max(...boxes.map(feetOf))
const meanMiddle = (boxes: readonly Box[]): number => boxes.reduce((sum, box) => sum + middleOf(box), 0) / boxes.length
/** Pixels between two groups from side to side; negative where they overlap. */
export const gapBetween = (one: readonly Box[], other: readonly Box[]): number =>
  Math.max(leftmost(one), leftmost(other)) - Math.min(rightmost(one), rightmost(other))

/** Does the relation of the first boxes to the second hold, as anybody would see it? */
export function holds(relation: Relation, first: readonly Box[], second: readonly Box[]): boolean {
  switch (relation) {
    case 'left':
      return rightmost(first) < leftmost(second) && Math.abs(lowest(first) - lowest(second)) < 24
    case 'right':
      return holds('left', second, first)
    case 'front':
      return Math.min(...first.map(feetOf)) > lowest(second) + 18 && Math.abs(meanMiddle(first) - meanMiddle(second)) < 80 && gapBetween(first, second) < 0
    case 'behind':
      return holds('front', second, first)
    case 'above':
      return lowest(first) < highest(second) - 4 && gapBetween(first, second) < 0
    case 'below':
      return holds('above', second, first)
  }
}

const sizes: readonly Size[] = ['small', 'normal', 'normal', 'large']
const ground = (roll: Dice, from: number, to: number): number => horizonLine + roll.integer(from, to)

/** Where the middle and the feet of the two groups might be for a relation to hold. */
function places(relation: Relation, roll: Dice): { first: [number, number]; second: [number, number] } {
  const near = (): number => ground(roll, 116, 154)
  const far = (): number => ground(roll, 44, 76)
  const level = ground(roll, 84, 136)
  const left: [number, number] = [roll.integer(90, 200), level + roll.integer(-6, 6)]
  const right: [number, number] = [roll.integer(280, 390), level + roll.integer(-6, 6)]
  const middle = roll.integer(120, 360)
  const sky: [number, number] = [middle + roll.integer(-50, 50), roll.integer(56, 130)]
  switch (relation) {
    case 'left':
      return { first: left, second: right }
    case 'right':
      return { first: right, second: left }
    case 'front':
      return { first: [middle, near()], second: [middle + roll.integer(-70, 70), far()] }
    case 'behind':
      return { first: [middle + roll.integer(-70, 70), far()], second: [middle, near()] }
    case 'above':
      return { first: sky, second: [middle, level + 10] }
    case 'below':
      return { first: [middle, level + 10], second: sky }
  }
}

function group(thing: Thing, count: number, [middle, feet]: readonly [number, number], roll: Dice): Group {
  const size = roll.pick(sizes)
  return { thing, size, mirrored: roll.integer(0, 1) === 1, boxes: rowOf(thing, size, count, middle, feet, roll) }
}

type Layout = 'alone' | Relation
/** How often each layout is drawn. */
const layouts: readonly Layout[] = ['alone', 'alone', 'left', 'left', 'right', 'right', 'front', 'front', 'behind', 'behind', 'above', 'below']

/** One try; null where things leave the picture, hide each other, or the relation does not hold. */
function attempt(seed: number, backdrop: Backdrop, layout: Layout, roll: Dice): Scene | null {
  const here = things.filter(({ lives }) => lives.includes(backdrop.name))
  const placed = (place: Place): Thing[] => here.filter((thing) => thing.place === place)
  if (layout === 'alone') {
    const thing = roll.pick(here)
    const feet = thing.place === 'sky' ? roll.integer(80, 150) : ground(roll, 80, 140)
    const alone = group(thing, roll.pick([2, 2, 3, 3, 4, 5]), [roll.integer(200, 280), feet], roll)
    return sound([alone], null) ? { seed, backdrop, groups: [alone], relation: null } : null
  }
  const first = roll.pick(placed(layout === 'above' ? 'sky' : 'ground'))
  const second = roll.pick(placed(layout === 'below' ? 'sky' : 'ground').filter(({ noun }) => noun !== first.noun))
  const firstCount = roll.pick([1, 1, 1, 2, 2, 3])
  const secondCount = roll.pick(firstCount === 3 ? [1, 2] : [1, 1, 2])
  const place = places(layout, roll)
  const groups: [Group, Group] = [group(first, firstCount, place.first, roll), group(second, secondCount, place.second, roll)]
  return sound(groups, layout) ? { seed, backdrop, groups, relation: layout } : null
}

function sound(groups: readonly Group[], relation: Relation | null): boolean {
  const boxes = groups.flatMap((each) => each.boxes)
  const [first, second] = groups
  const related = relation === null || (first !== undefined && second !== undefined && holds(relation, first.boxes, second.boxes))
  return related && boxes.every((box) => inside(box) && visibleShare(box, boxes) >= leastVisible)
}

/** The scene of a seed: the same seed gives the same scene. */
export function composeScene(seed: number): Scene {
  const roll = dice(seed)
  const backdrop = backdrops[roll.pick(backdropNames)]
  const layout = roll.pick(layouts)
  for (let tries = 0; tries < mostTries; tries += 1) {
    const scene = attempt(seed, backdrop, layout, roll)
    if (scene !== null) return scene
  }
  throw new Error(`no scene of seed ${seed} fits into the picture`)
}
