/** The classes of scenes in COCO's own numbers, so that any tool for COCO instances reads them; things that COCO has no class for follow. */
import { things } from './things.ts'

const cocoIds: Readonly<Record<string, number>> = {
  person: 1,
  bicycle: 2,
  car: 3,
  motorcycle: 4,
  airplane: 5,
  bus: 6,
  truck: 8,
  bird: 16,
  cat: 17,
  dog: 18,
  horse: 19,
  sheep: 20,
  cow: 21,
  elephant: 22,
  zebra: 24,
  giraffe: 25,
  umbrella: 28,
  'sports ball': 37,
  kite: 38,
  chair: 62,
}
const firstOwnId = 101

export interface SceneCategory {
  id: number
  name: string
  supercategory: string
}

/** All classes, COCO's first, each once. */
export const sceneCategories: readonly SceneCategory[] = [
  ...Object.entries(cocoIds).map(([name, id]) => ({ id, name, supercategory: 'coco' })),
  ...[...new Set(things.filter(({ category }) => category === null).map(({ noun }) => noun))].map((name, index) => ({
    id: firstOwnId + index,
    name,
    supercategory: 'scene',
  })),
]

/** The class of a thing: COCO's where it has one, else its noun. */
export function categoryOf({ category, noun }: { category: string | null; noun: string }): SceneCategory {
  const found = sceneCategories.find(({ name }) => name === (category ?? noun))
  if (found === undefined) throw new Error(`${noun} has no class`)
  return found
}
