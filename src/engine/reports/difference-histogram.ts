/** How the differences of single photos are spread: bars below zero, at it, and above. */
import { placeOn, scaleOver, short, tickText } from '#shared/plots/svg.ts'
import { asMarkup, html, type Markup } from './markup.ts'

/** Differences below this are rounding. */
export const smallestDifference = 1e-9

export interface DifferenceBar {
  from: number
  to: number
  photos: number
}

/** Bars of one width of which one border is zero; photos that do not differ are counted apart. */
export function differenceBars(differences: readonly number[], most = 40): { bars: DifferenceBar[]; same: number } {
  const real = differences.filter((difference) => Math.abs(difference) > smallestDifference)
  const same = differences.length - real.length
  if (real.length === 0) return { bars: [], same }
  let [low, high] = [0, 0]
  for (const each of real) [low, high] = [Math.min(low, each), Math.max(high, each)]
  const { ticks } = scaleOver({ low, high }, most / 2)
  const width = ticks[1] - ticks[0]
  const first = Math.floor(low / width)
  const bars = Array.from({ length: Math.max(1, Math.ceil(high / width) - first) }, (_, index) => ({
    from: (first + index) * width,
    to: (first + index + 1) * width,
    photos: 0,
  }))
  for (const each of real) {
    // What lies on a border belongs to the side away from zero, so that no loss stands among the gains.
    const place = each < 0 ? Math.ceil(each / width) - 1 : Math.floor(each / width)
    bars[Math.min(bars.length - 1, Math.max(0, place - first))].photos += 1
  }
  return { bars, same }
}

const [width, height] = [720, 220]
const [left, right, top, bottom] = [48, 704, 12, 180]

/** The histogram as an SVG that takes the page's colours, with its numbers in words. */
export function differenceHistogram(differences: readonly number[], metric: string): Markup {
  const { bars, same } = differenceBars(differences)
  if (bars.length === 0) return html`<p>No photo differs.</p>`
  const across = scaleOver({ low: bars[0].from, high: bars[bars.length - 1].to }, 8)
  const up = scaleOver({ low: 0, high: Math.max(...bars.map(({ photos }) => photos)) }, 4)
  const x = (value: number): number => placeOn(across, value, left, right)
  const y = (value: number): number => placeOn(up, value, bottom, top)
  const drawn = bars.map(({ from, to, photos }) => {
    const place = `x="${short(x(from) + 0.5)}" y="${short(y(photos))}" width="${short(Math.max(0.5, x(to) - x(from) - 1))}" height="${short(bottom - y(photos))}"`
    return `<rect class="${to <= smallestDifference ? 'worse' : 'better'}" ${place}><title>${from.toFixed(3)} to ${to.toFixed(3)}: ${photos}</title></rect>`
  })
  const lines = up.ticks
    .filter((tick) => Number.isInteger(tick))
    .map(
      (tick) => `<path class="axis" d="M${left} ${short(y(tick))}H${right}"/><text x="${left - 8}" y="${short(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
    )
  const below = across.ticks.map(
    (tick) => `<text x="${short(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tickText(tick, across).replace('-', '−')}</text>`,
  )
  const zero = `<path class="zero" d="M${short(x(0))} ${top}V${bottom}"/>`
  const svg = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Histogram of differences">${[...lines, ...drawn, zero, ...below].join('')}</svg>`
  return html`<figure>
    ${asMarkup(svg)}
    <figcaption>
      Photos by their difference in ${metric}${same === 0 ? '' : `; ${same} that do not differ are not drawn`}. A difference of one photo carries no interval.
    </figcaption>
  </figure>`
}
