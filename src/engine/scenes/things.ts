/** What can stand or fly in a scene: things with their icon, where they belong, how big they are and the words for them. */
import type { BackdropName } from './backdrops.ts'

export type Place = 'ground' | 'sky'

export interface Thing {
  /** Icon name in the Noto emoji set. */
  icon: string
  /** What the icon fills of its 128 × 128 square: left, top, width, height. */
  bounds: readonly [left: number, top: number, width: number, height: number]
  noun: string
  plural: string
  /** The colour or pattern that a person would name, or null where there is none in particular. */
  colour: string | null
  /** What it does: "a dog sitting on the grass". */
  pose: string
  place: Place
  /** Height in the scene at normal size, as a share of the picture's height. */
  height: number
  /** Its class among the 80 of COCO, or null. */
  category: string | null
  /** The backdrops before which one would meet it. */
  lives: readonly BackdropName[]
}

const everywhere: readonly BackdropName[] = ['meadow', 'beach', 'snow', 'street', 'desert', 'savanna']
const farm: readonly BackdropName[] = ['meadow']
const town: readonly BackdropName[] = ['street']
const wild: readonly BackdropName[] = ['savanna']
const cold: readonly BackdropName[] = ['snow']
const shore: readonly BackdropName[] = ['beach']
const dry: readonly BackdropName[] = ['desert']
const mild: readonly BackdropName[] = ['meadow', 'street', 'beach', 'snow']
const roads: readonly BackdropName[] = ['street', 'meadow', 'desert', 'snow']

type Words = readonly [noun: string, plural: string, colour: string | null, pose: string]

function thing(
  icon: string,
  bounds: Thing['bounds'],
  [noun, plural, colour, pose]: Words,
  height: number,
  lives: readonly BackdropName[],
  category: string | null = null,
): Thing {
  return { icon, bounds, noun, plural, colour, pose, place: 'ground', height, category, lives }
}

function flier(...parts: Parameters<typeof thing>): Thing {
  return { ...thing(...parts), place: 'sky' }
}

export const things: readonly Thing[] = [
  thing('dog', [4, 4, 114, 121], ['dog', 'dogs', 'spotted', 'sitting'], 0.2, mild, 'dog'),
  thing('cat', [10, 4, 108, 121], ['cat', 'cats', 'orange', 'standing'], 0.18, ['meadow', 'street', 'snow'], 'cat'),
  thing('black-cat', [7, 3, 116, 121], ['cat', 'cats', 'black', 'walking'], 0.18, ['meadow', 'street'], 'cat'),
  thing('horse', [3, 9, 124, 112], ['horse', 'horses', 'brown', 'running'], 0.27, ['meadow', 'beach', 'desert', 'snow'], 'horse'),
  thing('cow', [4, 18, 120, 102], ['cow', 'cows', 'black and white', 'standing'], 0.25, farm, 'cow'),
  thing('ewe', [4, 4, 120, 120], ['sheep', 'sheep', 'white', 'standing'], 0.22, farm, 'sheep'),
  thing('goat', [20, 4, 85, 120], ['goat', 'goats', 'brown', 'standing'], 0.22, ['meadow', 'desert'], null),
  thing('rabbit', [17, 3, 97, 121], ['rabbit', 'rabbits', 'gray', 'sitting'], 0.15, ['meadow', 'snow'], null),
  thing('rooster', [15, 5, 104, 118], ['rooster', 'roosters', null, 'standing'], 0.15, farm, 'bird'),
  thing('duck', [7, 4, 109, 122], ['duck', 'ducks', 'brown', 'walking'], 0.13, ['meadow', 'beach', 'street'], 'bird'),
  thing('tractor', [1, 25, 124, 100], ['tractor', 'tractors', 'green', 'parked'], 0.29, ['meadow', 'snow'], null),
  thing('tulip', [22, 4, 83, 121], ['tulip', 'tulips', 'pink', 'growing'], 0.14, farm, null),
  thing('elephant', [3, 9, 121, 111], ['elephant', 'elephants', 'gray', 'walking'], 0.34, wild, 'elephant'),
  thing('giraffe', [19, 4, 91, 120], ['giraffe', 'giraffes', 'yellow', 'standing'], 0.44, wild, 'giraffe'),
  thing('zebra', [6, 5, 116, 119], ['zebra', 'zebras', 'striped', 'standing'], 0.28, wild, 'zebra'),
  thing('tiger', [1, 31, 126, 90], ['tiger', 'tigers', 'orange', 'walking'], 0.19, wild, null),
  thing('leopard', [1, 26, 126, 95], ['leopard', 'leopards', 'spotted', 'walking'], 0.19, wild, null),
  thing('camel', [3, 7, 121, 115], ['camel', 'camels', 'brown', 'standing'], 0.3, dry, null),
  thing('cactus', [20, 4, 90, 120], ['cactus', 'cacti', 'green', 'standing'], 0.3, dry, null),
  thing('lizard', [20, 4, 97, 120], ['lizard', 'lizards', 'green', 'resting'], 0.13, dry, null),
  thing('penguin', [25, 5, 77, 118], ['penguin', 'penguins', 'black and white', 'standing'], 0.2, cold, 'bird'),
  thing('snowman-without-snow', [18, 4, 93, 121], ['snowman', 'snowmen', 'white', 'standing'], 0.26, cold, null),
  thing('deer', [21, 5, 76, 119], ['deer', 'deer', 'brown', 'standing'], 0.27, ['snow', 'meadow'], null),
  thing('sled', [3, 18, 121, 92], ['sled', 'sleds', 'red', 'standing'], 0.15, cold, null),
  thing('flamingo', [22, 4, 83, 119], ['flamingo', 'flamingos', 'pink', 'standing'], 0.24, shore, 'bird'),
  thing('turtle', [5, 25, 119, 95], ['turtle', 'turtles', 'green', 'walking'], 0.12, ['beach', 'meadow'], null),
  thing('crab', [0, 20, 128, 91], ['crab', 'crabs', 'orange', 'walking'], 0.11, shore, null),
  thing('umbrella-on-ground', [3, 5, 122, 120], ['beach umbrella', 'beach umbrellas', 'red and white', 'standing'], 0.33, shore, 'umbrella'),
  thing('palm-tree', [12, 4, 103, 121], ['palm tree', 'palm trees', 'green', 'standing'], 0.46, ['beach', 'desert'], null),
  thing('volleyball', [3, 3, 122, 121], ['volleyball', 'volleyballs', 'white', 'lying'], 0.08, shore, 'sports ball'),
  thing('soccer-ball', [3, 4, 121, 120], ['soccer ball', 'soccer balls', 'black and white', 'lying'], 0.08, ['meadow', 'beach', 'street'], 'sports ball'),
  thing('basketball', [3, 4, 122, 121], ['basketball', 'basketballs', 'orange', 'lying'], 0.08, town, 'sports ball'),
  thing('automobile', [2, 47, 123, 78], ['car', 'cars', 'red', 'parked'], 0.19, roads, 'car'),
  thing('taxi', [3, 37, 122, 88], ['taxi', 'taxis', 'yellow', 'parked'], 0.21, town, 'car'),
  thing('bus', [3, 41, 121, 83], ['bus', 'buses', null, 'parked'], 0.3, ['street', 'desert'], 'bus'),
  thing('articulated-lorry', [1, 32, 124, 92], ['truck', 'trucks', 'red', 'parked'], 0.3, ['street', 'desert', 'snow'], 'truck'),
  thing('bicycle', [2, 36, 123, 89], ['bicycle', 'bicycles', 'blue', 'parked'], 0.19, ['street', 'meadow', 'beach'], 'bicycle'),
  thing('motor-scooter', [4, 7, 123, 118], ['scooter', 'scooters', 'yellow', 'parked'], 0.21, town, 'motorcycle'),
  thing('chair', [28, 5, 76, 119], ['chair', 'chairs', 'brown', 'standing'], 0.22, ['meadow', 'beach'], 'chair'),
  thing('man-standing', [42, 4, 44, 120], ['man', 'men', null, 'standing'], 0.36, everywhere, 'person'),
  thing('woman-standing', [43, 4, 42, 120], ['woman', 'women', null, 'standing'], 0.35, everywhere, 'person'),
  thing('deciduous-tree', [9, 3, 109, 121], ['tree', 'trees', 'green', 'standing'], 0.44, ['meadow', 'street', 'savanna'], null),
  thing('evergreen-tree', [11, 4, 107, 120], ['pine tree', 'pine trees', 'green', 'standing'], 0.44, ['snow', 'meadow'], null),
  thing('house', [3, 6, 121, 120], ['house', 'houses', 'white', 'standing'], 0.46, ['meadow', 'street', 'snow'], null),
  thing('tent', [4, 44, 120, 81], ['tent', 'tents', 'orange', 'standing'], 0.25, ['meadow', 'desert', 'snow', 'savanna'], null),
  flier('bird', [5, 21, 117, 98], ['bird', 'birds', 'blue', 'flying'], 0.12, mild, 'bird'),
  flier('eagle', [6, 3, 115, 121], ['eagle', 'eagles', 'brown', 'flying'], 0.18, ['desert', 'snow', 'savanna'], 'bird'),
  flier('butterfly', [3, 9, 122, 106], ['butterfly', 'butterflies', 'blue', 'flying'], 0.1, ['meadow', 'savanna'], null),
  flier('airplane', [3, 3, 122, 120], ['airplane', 'airplanes', null, 'flying'], 0.2, everywhere, 'airplane'),
  flier('helicopter', [3, 40, 122, 84], ['helicopter', 'helicopters', 'yellow', 'flying'], 0.16, everywhere, null),
  flier('balloon', [24, 4, 84, 120], ['balloon', 'balloons', 'red', 'floating'], 0.18, everywhere, null),
  flier('kite', [2, 7, 122, 115], ['kite', 'kites', null, 'flying'], 0.18, ['meadow', 'beach'], 'kite'),
]
