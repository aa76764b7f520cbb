/** Composes a scene from a seed: a backdrop, two to five objects in one or two groups, with places, sizes, and the relation between the groups. */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { backdrops, things, type Backdrop, type Thing } from './things.ts'

export const sceneWidth = 480
export const sceneHeight = 360
const horizon = 0.52

export type Size = 'small' | 'normal' | 'large'
export type Relation = 'left' | 'right' | 'front' | 'behind' | 'above' | 'below'

/** Pixels, origin at the upper left. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Group {
  thing: Thing
  size: Size
  boxes: Box[]
}

export interface Scene {
  seed: number
  backdrop: Backdrop
  /** The first group is what the scene is about. */
  groups: Group[]
  /** Where the first group stands seen from the second, or null when there is one group. */
  relation: Relation | null
}

/** A seeded source of choices. */
export interface Dice {
  integer(minimum: number, maximum: number): number
  pick<Item>(items: readonly Item[]): Item
}

export function dice(seed: number): Dice {
  const generator = xoroshiro128plus(seed)
  const integer = (minimum: number, maximum: number): number => uniformInt(generator, minimum, maximum)
  return {
    integer,
    pick: <Item>(items: readonly Item[]): Item => {
      const item = items[integer(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
  }
}

const factor: Record<Size, number> = { small: 0.72, normal: 1, large: 1.3 }

/** Lays `count` boxes side by side with their feet on `baseline`, within [left, right] (pixels). */
function row(thing: Thing, size: Size, count: number, left: number, right: number, baseline: number, roll: Dice): Box[] {
  const slot = (right - left) / count
  const side = Math.min(thing.height * factor[size] * sceneHeight, slot * 1.15, sceneHeight * 0.6)
  return Array.from({ length: count }, (_, index) => {
    const centre = left + slot * (index + 0.5) + roll.integer(-4, 4)
    const feet = baseline + roll.integer(-5, 5)
    const x = Math.max(0, Math.min(sceneWidth - side, centre - side / 2))
    const y = Math.max(0, Math.min(sceneHeight - side, feet - side))
    return { x: Math.round(x), y: Math.round(y), width: Math.round(side), height: Math.round(side) }
  })
}

/** The scene of a seed: the same seed gives the same scene. */
export function composeScene(seed: number): Scene {
  const roll = dice(seed)
  const backdrop = roll.pick(backdrops)
  const first = roll.pick(things.filter((thing) => thing.icon !== 'sun'))
  const firstCount = roll.pick([1, 1, 1, 2, 2, 3])
  const sizes: readonly Size[] = ['small', 'normal', 'normal', 'large']
  const firstSize = roll.pick(sizes)
  const alone = firstCount > 1 && roll.integer(0, 4) === 0
  const skyLine = (thing: Thing): number => sceneHeight * (0.12 + roll.integer(0, 10) / 100) + thing.height * sceneHeight * 0.8
  const groundLine = sceneHeight * (0.8 + roll.integer(0, 8) / 100)

  if (alone) {
    const baseline = first.place === 'sky' ? skyLine(first) : groundLine
    const boxes = row(first, firstSize, firstCount, sceneWidth * 0.12, sceneWidth * 0.88, baseline, roll)
    return { seed, backdrop, groups: [{ thing: first, size: firstSize, boxes }], relation: null }
  }

  const second = roll.pick(things.filter((thing) => thing.noun !== first.noun && (thing.place === 'ground' || first.place === 'ground')))
  const secondCount = roll.pick(firstCount === 1 ? [1, 1, 2] : [1, 1, 1, 2])
  const secondSize = roll.pick(sizes)
  const relation: Relation =
    first.place === 'sky' ? 'above' : second.place === 'sky' ? 'below' : roll.pick<Relation>(['left', 'right', 'front', 'behind'])
  const middle = sceneWidth * (0.42 + roll.integer(0, 16) / 100)
  const spans: Record<Relation, { first: [number, number]; second: [number, number] }> = {
    left: { first: [sceneWidth * 0.04, middle], second: [middle, sceneWidth * 0.96] },
    right: { first: [middle, sceneWidth * 0.96], second: [sceneWidth * 0.04, middle] },
    front: { first: [sceneWidth * 0.2, sceneWidth * 0.66], second: [sceneWidth * 0.34, sceneWidth * 0.86] },
    behind: { first: [sceneWidth * 0.34, sceneWidth * 0.86], second: [sceneWidth * 0.2, sceneWidth * 0.66] },
    above: { first: [sceneWidth * 0.12, sceneWidth * 0.88], second: [sceneWidth * 0.16, sceneWidth * 0.84] },
    below: { first: [sceneWidth * 0.16, sceneWidth * 0.84], second: [sceneWidth * 0.12, sceneWidth * 0.88] },
  }
  const depth = sceneHeight * 0.13
  const firstLine = first.place === 'sky' ? skyLine(first) : groundLine + (relation === 'front' ? depth * 0.6 : relation === 'behind' ? -depth : 0)
  const secondLine = second.place === 'sky' ? skyLine(second) : groundLine + (relation === 'front' ? -depth : relation === 'behind' ? depth * 0.6 : 0)
  const span = spans[relation]
  const firstGroup: Group = { thing: first, size: firstSize, boxes: row(first, firstSize, firstCount, ...span.first, firstLine, roll) }
  const secondGroup: Group = { thing: second, size: secondSize, boxes: row(second, secondSize, secondCount, ...span.second, secondLine, roll) }
  return { seed, backdrop, groups: [firstGroup, secondGroup], relation }
}

/** Where ground and sky meet, in pixels from the top. */
export const horizonLine = Math.round(sceneHeight * horizon)
