import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded source of choices. */
export interface Dice {
  /** Both ends inclusive. */
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
