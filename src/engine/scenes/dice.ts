import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { randomAt } from '#shared/random.ts'

/** A seeded source of choices. */
export interface Dice {
  /** Both ends inclusive. */
  integer(minimum: number, maximum: number): number
  pick<Item>(items: readonly Item[]): Item
}

export function dice(seed: number): Dice {
  const generator = randomAt(seed, 'scenes', 0)
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
