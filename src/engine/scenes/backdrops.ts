/** Where scenes play: the words for a place, and its scenery as SVG, kept pale so that the things before it stand out. */
import { dice, type Dice } from './dice.ts'

export const sceneWidth = 480
export const sceneHeight = 360
/** Where ground and sky meet, in pixels from the top. */
export const horizonLine = 184

export const backdropNames = ['meadow', 'beach', 'snow', 'street', 'desert', 'savanna'] as const
export type BackdropName = (typeof backdropNames)[number]

export interface Backdrop {
  name: BackdropName
  /** "a beach scene" */
  scene: string
  /** Ends a sentence about what stands there: "a dog sitting on the grass". */
  where: readonly string[]
  /** Ends a sentence about what flies there: "two birds flying over a meadow". */
  over: readonly string[]
  sky: readonly [string, string]
  ground: readonly [string, string]
}

export const backdrops: Readonly<Record<BackdropName, Backdrop>> = {
  meadow: {
    name: 'meadow',
    scene: 'a meadow scene',
    where: ['on the grass', 'in a green field', 'in a meadow'],
    over: ['over a meadow', 'over a green field'],
    sky: ['#8ec9f5', '#e4f3fd'],
    ground: ['#93cc66', '#55a03e'],
  },
  beach: {
    name: 'beach',
    scene: 'a beach scene',
    where: ['on the beach', 'on the sand', 'by the sea'],
    over: ['over the beach', 'over the sand'],
    sky: ['#7fc4f2', '#dff2fb'],
    ground: ['#f3e0ae', '#dfbe80'],
  },
  snow: {
    name: 'snow',
    scene: 'a snowy scene',
    where: ['in the snow', 'on a snowy field', 'on the snow'],
    over: ['over the snow', 'over a snowy field'],
    sky: ['#a9bfd6', '#e6eef5'],
    ground: ['#fbfdff', '#cddbe9'],
  },
  street: {
    name: 'street',
    scene: 'a street scene',
    where: ['on a street', 'on the road', 'on a city street'],
    over: ['over a street', 'over the road'],
    sky: ['#a3c3dc', '#e9eef0'],
    ground: ['#8e9298', '#64686f'],
  },
  desert: {
    name: 'desert',
    scene: 'a desert scene',
    where: ['in the desert', 'on the desert sand', 'on dry ground'],
    over: ['over the desert', 'over the desert sand'],
    sky: ['#f7cf95', '#fdf3da'],
    ground: ['#e0a964', '#b97b3d'],
  },
  savanna: {
    name: 'savanna',
    scene: 'a savanna scene',
    where: ['on dry grass', 'in the savanna', 'on a yellow plain'],
    over: ['over the savanna', 'over a yellow plain'],
    sky: ['#9bd0ea', '#fbf0d2'],
    ground: ['#dcc667', '#b6973f'],
  },
}

const ground = (name: BackdropName): string => `fill="url(#ground-${name})"`

function cloud(x: number, y: number, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})" fill="#fff" opacity="0.75"><ellipse rx="30" ry="10"/><ellipse cx="-12" cy="-7" rx="14" ry="10"/><ellipse cx="10" cy="-9" rx="18" ry="13"/></g>`
}

function clouds(roll: Dice): string {
  return Array.from({ length: roll.integer(1, 3) }, (_, index) =>
    cloud(80 + index * 150 + roll.integer(-50, 50), roll.integer(28, 92), roll.integer(8, 13) / 10),
  ).join('')
}

function hills(colour: string, rise: number, roll: Dice): string {
  const [a, b, c] = [roll.integer(-12, 12), roll.integer(-12, 12), roll.integer(-12, 12)]
  return `<path d="M0 ${horizonLine - rise + a} Q80 ${horizonLine - rise * 2 + b} 180 ${horizonLine - rise} T${360 + c} ${horizonLine - rise} T560 ${horizonLine - rise} V${horizonLine + 20} H0Z" fill="${colour}"/>`
}

function flatGround(name: BackdropName, roll: Dice): string {
  const bend = roll.integer(4, 14)
  return `<path d="M0 ${horizonLine} Q140 ${horizonLine - bend} 270 ${horizonLine} T${sceneWidth} ${horizonLine - 4} V${sceneHeight} H0Z" ${ground(name)}/>`
}

function dots(count: number, colour: string, radius: number, from: number, roll: Dice): string {
  return Array.from(
    { length: count },
    () => `<circle cx="${roll.integer(0, sceneWidth)}" cy="${roll.integer(from, sceneHeight)}" r="${radius}" fill="${colour}"/>`,
  ).join('')
}

function tufts(count: number, colour: string, roll: Dice): string {
  return Array.from({ length: count }, () => {
    const [x, y] = [roll.integer(8, sceneWidth - 8), roll.integer(horizonLine + 16, sceneHeight - 6)]
    return `<path d="M${x} ${y} l-4 -8 M${x} ${y} v-10 M${x} ${y} l4 -8" stroke="${colour}" stroke-width="1.6" fill="none"/>`
  }).join('')
}

function skyline(roll: Dice): string {
  const houses: string[] = []
  for (let x = -10; x < sceneWidth;) {
    const [width, height] = [roll.integer(44, 76), roll.integer(50, 118)]
    const windows = Array.from({ length: Math.floor(height / 18) * Math.floor(width / 16) }, (_, index) => {
      const columns = Math.floor(width / 16)
      return `<rect x="${x + 6 + (index % columns) * 16}" y="${horizonLine - height + 8 + Math.floor(index / columns) * 18}" width="7" height="9" fill="#dfe7ec"/>`
    })
    houses.push(
      `<rect x="${x}" y="${horizonLine - height}" width="${width}" height="${height}" fill="${roll.pick(['#b7c3cd', '#c4bdb6', '#a9b8c4', '#c2c9cf'])}"/>${windows.join('')}`,
    )
    x += width + roll.integer(0, 8)
  }
  return houses.join('')
}

function mountains(roll: Dice): string {
  const peak = (x: number, height: number): string =>
    `<path d="M${x - height * 1.3} ${horizonLine} L${x} ${horizonLine - height} L${x + height * 1.3} ${horizonLine}Z" fill="#b9c8d8"/><path d="M${x - height * 0.36} ${horizonLine - height * 0.72} L${x} ${horizonLine - height} L${x + height * 0.36} ${horizonLine - height * 0.72} L${x} ${horizonLine - height * 0.62}Z" fill="#f2f6fa"/>`
  return [60, 210, 380].map((x) => peak(x + roll.integer(-40, 40), roll.integer(44, 88))).join('')
}

function scenery(name: BackdropName, roll: Dice): string {
  switch (name) {
    case 'meadow':
      return clouds(roll) + hills('#a9d48b', 16, roll) + flatGround(name, roll) + tufts(22, '#4c9438', roll) + dots(14, '#fdf6c9', 1.8, horizonLine + 20, roll)
    case 'beach':
      return (
        clouds(roll) +
        `<rect y="${horizonLine - 30}" width="${sceneWidth}" height="44" fill="#4da3c7"/>` +
        [0, 1, 2]
          .map(
            (line) =>
              `<path d="M0 ${horizonLine - 18 + line * 9} q30 -4 60 0 t60 0 t60 0 t60 0 t60 0 t60 0 t60 0 t60 0" stroke="#9dd3e8" stroke-width="1.6" fill="none"/>`,
          )
          .join('') +
        flatGround(name, roll) +
        `<path d="M0 ${horizonLine + 3} Q140 ${horizonLine - 8} 270 ${horizonLine + 3} T${sceneWidth} ${horizonLine}" stroke="#fff" stroke-width="3" fill="none" opacity="0.8"/>` +
        dots(40, '#d3b274', 1.1, horizonLine + 24, roll)
      )
    case 'snow':
      return mountains(roll) + flatGround(name, roll) + dots(18, '#bccbdb', 1.4, horizonLine + 20, roll) + dots(46, '#ffffff', 1.7, 0, roll)
    case 'street':
      return (
        clouds(roll) +
        skyline(roll) +
        `<rect y="${horizonLine}" width="${sceneWidth}" height="${sceneHeight - horizonLine}" ${ground(name)}/><rect y="${horizonLine}" width="${sceneWidth}" height="22" fill="#c9c6bf"/><rect y="${horizonLine + 22}" width="${sceneWidth}" height="4" fill="#a7a49d"/>` +
        Array.from(
          { length: 6 },
          (_, index) => `<rect x="${index * 92 - roll.integer(0, 3) + 12}" y="${horizonLine + 92}" width="46" height="6" fill="#eceae2" opacity="0.85"/>`,
        ).join('')
      )
    case 'desert':
      return (
        `<circle cx="${roll.integer(60, 420)}" cy="${roll.integer(44, 84)}" r="24" fill="#fff3c4"/>` +
        hills('#e9c08a', 18, roll) +
        flatGround(name, roll) +
        [0, 1, 2, 3]
          .map(
            (line) =>
              `<path d="M${roll.integer(0, 200)} ${horizonLine + 30 + line * 36} q40 -8 90 0 t90 0" stroke="#a86d33" stroke-width="1.6" fill="none" opacity="0.5"/>`,
          )
          .join('')
      )
    case 'savanna':
      return (
        `<circle cx="${roll.integer(60, 420)}" cy="${horizonLine - 46}" r="26" fill="#fdeab0"/>` +
        hills('#c9bd7c', 10, roll) +
        flatGround(name, roll) +
        tufts(30, '#9c8233', roll)
      )
  }
}

/** The empty place as SVG: its gradients and everything behind the things. The same seed gives the same scenery. */
export function backdropSvg(name: BackdropName, seed: number): string {
  const { sky, ground: soil } = backdrops[name]
  const gradient = (id: string, [from, to]: readonly [string, string]): string =>
    `<linearGradient id="${id}-${name}" x2="0" y2="1"><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`
  return `<defs>${gradient('sky', sky)}${gradient('ground', soil)}</defs><rect width="${sceneWidth}" height="${horizonLine + 20}" fill="url(#sky-${name})"/>${scenery(name, dice(seed ^ 0x0b0d1e5))}`
}
