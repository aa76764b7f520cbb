/** What can stand in a scene: things with their icon, where they belong, how big they are and the words for them. */

export type Place = 'ground' | 'sky'

export interface Thing {
  /** Icon name in the Noto emoji set. */
  icon: string
  noun: string
  plural: string
  /** The colour a person would name, or null where the icon has none in particular. */
  colour: string | null
  place: Place
  /** Height in the scene at normal size, as a share of the picture's height. */
  height: number
  /** Its class among the 80 of COCO, or null. */
  category: string | null
}

function thing(
  icon: string, noun: string, plural: string, colour: string | null, place: Place, height: number, category: string | null = null,
): Thing {
  return { icon, noun, plural, colour, place, height, category }
}

export const things: readonly Thing[] = [
  thing('dog', 'dog', 'dogs', null, 'ground', 0.24, 'dog'),
  thing('cat', 'cat', 'cats', 'orange', 'ground', 0.2, 'cat'),
  thing('horse', 'horse', 'horses', 'brown', 'ground', 0.34, 'horse'),
  thing('cow', 'cow', 'cows', 'white', 'ground', 0.32, 'cow'),
  thing('ewe', 'sheep', 'sheep', 'white', 'ground', 0.26, 'sheep'),
  thing('elephant', 'elephant', 'elephants', 'gray', 'ground', 0.4, 'elephant'),
  thing('giraffe', 'giraffe', 'giraffes', 'yellow', 'ground', 0.46, 'giraffe'),
  thing('zebra', 'zebra', 'zebras', null, 'ground', 0.34, 'zebra'),
  thing('bear', 'bear', 'bears', 'brown', 'ground', 0.26, 'bear'),
  thing('rabbit', 'rabbit', 'rabbits', 'white', 'ground', 0.18),
  thing('chicken', 'chicken', 'chickens', null, 'ground', 0.18, 'bird'),
  thing('turtle', 'turtle', 'turtles', 'green', 'ground', 0.14),
  thing('automobile', 'car', 'cars', 'red', 'ground', 0.26, 'car'),
  thing('bus', 'bus', 'buses', null, 'ground', 0.34, 'bus'),
  thing('tractor', 'tractor', 'tractors', null, 'ground', 0.32, 'truck'),
  thing('bicycle', 'bicycle', 'bicycles', null, 'ground', 0.26, 'bicycle'),
  thing('man-standing', 'man', 'men', null, 'ground', 0.4, 'person'),
  thing('woman-standing', 'woman', 'women', null, 'ground', 0.4, 'person'),
  thing('soccer-ball', 'soccer ball', 'soccer balls', null, 'ground', 0.1, 'sports ball'),
  thing('basketball', 'basketball', 'basketballs', 'orange', 'ground', 0.1, 'sports ball'),
  thing('deciduous-tree', 'tree', 'trees', 'green', 'ground', 0.5),
  thing('evergreen-tree', 'pine tree', 'pine trees', 'green', 'ground', 0.52),
  thing('house', 'house', 'houses', null, 'ground', 0.46),
  thing('chair', 'chair', 'chairs', 'brown', 'ground', 0.26, 'chair'),
  thing('tulip', 'tulip', 'tulips', 'pink', 'ground', 0.16),
  thing('bird', 'bird', 'birds', 'blue', 'sky', 0.13, 'bird'),
  thing('butterfly', 'butterfly', 'butterflies', 'blue', 'sky', 0.11),
  thing('airplane', 'airplane', 'airplanes', null, 'sky', 0.22, 'airplane'),
  thing('helicopter', 'helicopter', 'helicopters', null, 'sky', 0.22),
  thing('balloon', 'balloon', 'balloons', 'red', 'sky', 0.2),
  thing('kite', 'kite', 'kites', null, 'sky', 0.2, 'kite'),
  thing('sun', 'sun', 'suns', 'yellow', 'sky', 0.18),
]

export interface Backdrop {
  name: string
  /** Ends a sentence: "a dog stands {where}". */
  where: readonly string[]
  sky: readonly [string, string]
  ground: readonly [string, string]
}

export const backdrops: readonly Backdrop[] = [
  { name: 'meadow', where: ['on the grass', 'in a green field', 'in a meadow'], sky: ['#8ec9f5', '#e4f3fd'], ground: ['#8cc860', '#4f9a3a'] },
  { name: 'beach', where: ['on the beach', 'on the sand', 'by the sea'], sky: ['#7fc4f2', '#f6efd9'], ground: ['#f1dca6', '#dcb978'] },
  { name: 'snow', where: ['in the snow', 'on a snowy field', 'on the snow'], sky: ['#a9bfd6', '#eef3f8'], ground: ['#fdfeff', '#cfdcea'] },
  { name: 'street', where: ['on a street', 'on the road', 'on a gray street'], sky: ['#9fb9cc', '#e7e4dc'], ground: ['#8c8f94', '#5d6066'] },
  { name: 'desert', where: ['in the desert', 'on dry ground', 'on the desert sand'], sky: ['#f7c884', '#fdf0cf'], ground: ['#d99a52', '#b0713a'] },
]
