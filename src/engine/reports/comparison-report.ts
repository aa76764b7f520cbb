/** What a colleague needs to believe a comparison, as one HTML file: both sides, the set, scores with intervals and p, single photos, and how to repeat it. */
import { count, countOf } from '#shared/domain.ts'
import { certainSigns, coloursNote, type Sign } from '#shared/metrics/certain-signs.ts'
import { delta, score } from '#shared/metrics/figure-text.ts'
import { differenceHistogram, smallestDifference } from './difference-histogram.ts'
import { foreign, html, type Markup } from './markup.ts'
import { factList, footer, page, picture, type Fact } from './page.ts'

/** A model, or a file of captions. */
export interface ReportedSystem {
  name: string
  /** Where it comes from, and how its captions were made. */
  facts: readonly Fact[]
}

export interface ReportedDifference {
  value: number
  interval: { low: number; high: number } | null
  p: number | null
}

export interface ReportedMetric {
  title: string
  /** By system. */
  scores: readonly (number | null)[]
  /** Of every later system to the first. */
  differences: readonly (ReportedDifference | null)[]
}

export interface ReportedPhoto {
  name: string
  /** A small WebP; null where the photo cannot be shown. */
  picture: Uint8Array | null
  references: readonly string[]
  before: { text: string | null; score: number | null }
  after: { text: string | null; score: number | null }
}

/** A later system beside the first, photo by photo. */
export interface ReportedPair {
  name: string
  /** Of every photo that both were scored on. */
  differences: readonly number[]
  worst: readonly ReportedPhoto[]
  best: readonly ReportedPhoto[]
}

export interface ComparisonReport {
  title: string
  /** What both were judged on. */
  set: string
  photos: number
  facts: readonly Fact[]
  systems: readonly ReportedSystem[]
  metrics: readonly ReportedMetric[]
  /** What single photos are ordered by. */
  metric: string
  pairs: readonly ReportedPair[]
  /** What has to be known of the figures. */
  notes: readonly string[]
  /** What repeats it, a line each. */
  commands: readonly string[]
  madeAt: string
}

/** How many photos a report shows at either end, and how large. */
export const photosShown = 12
export const pictureSize = 480

/** The photos at both ends of a list of differences, by their places in it: none twice, none that went the other way. */
export function bothEnds(differences: readonly (number | null)[], most = photosShown): { worst: number[]; best: number[] } {
  const order = differences.flatMap((difference, place) => (difference === null ? [] : [{ difference, place }])).sort((a, b) => a.difference - b.difference)
  const places = (some: typeof order): number[] => some.slice(0, most).map(({ place }) => place)
  return {
    worst: places(order.filter(({ difference }) => difference < -smallestDifference)),
    best: places(order.filter(({ difference }) => difference > smallestDifference).reverse()),
  }
}

/** The whole file. */
export function comparisonPage(report: ComparisonReport): string {
  const { title, set, photos, facts, systems, notes, commands, madeAt } = report
  return page(title, [
    html`<header>
      <h1>${foreign(title)}</h1>
      <p class="summary muted">On ${foreign(set)}, ${countOf(photos, 'photo')}</p>
    </header>`,
    html`<section>
      <h2>What is compared</h2>
      <div class="models">
        ${systems.map(
          ({ name, facts: own }) =>
            html`<article class="model">
              <h3>${foreign(name)}</h3>
              ${factList(own)}
            </article>`,
        )}
      </div>
      <h3>Judged on</h3>
      ${factList([{ title: 'Set', value: set }, { title: 'Photos', value: count(photos) }, ...facts])}
    </section>`,
    scoreSection(report),
    report.pairs.map((pair) => pairSection(report, pair)),
    html`<section>
      <h2>To repeat it</h2>
      <pre>${commands.join('\n')}</pre>
      ${notes.map((note) => html`<p class="small muted">${note}</p>`)}
    </section>`,
    footer(madeAt),
  ])
}

function scoreSection({ systems, metrics }: ComparisonReport): Markup {
  const signs = certainSigns(
    metrics.flatMap(({ title, differences }) =>
      differences.flatMap((found, index) =>
        // A difference without interval is never coloured, whatever its p.
        found === null || found.interval === null ? [] : [[`${index} ${title}`, { value: found.value, p: found.p }] as const],
      ),
    ),
  )
  const [first, ...others] = systems
  const heads = others.map(
    ({ name }) =>
      html`<th scope="col" class="number">${foreign(name)}</th>
        <th scope="col" class="number">difference</th>
        <th scope="col" class="number">95 % interval</th>
        <th scope="col" class="number">p</th>`,
  )
  const row = ({ title, scores, differences }: ReportedMetric): Markup =>
    html`<tr>
      <th scope="row">${title}</th>
      <td class="number">${score(scores[0])}</td>
      ${others.map((_, index) => [html`<td class="number">${score(scores[index + 1])}</td>`, differenceCells(differences[index], signs.get(`${index} ${title}`))])}
    </tr>`
  return html`<section>
    <h2>Scores</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">${foreign(first.name)}</th>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${metrics.map(row)}
        </tbody>
      </table>
    </div>
    <p class="small muted">
      Differences are to ${foreign(first.name)}, paired photo by photo: 95 % bootstrap intervals over these photos and two-sided bootstrap p as they are,
      ${coloursNote}. The intervals cover photos, not another training of either side.
    </p>
  </section>`
}

function differenceCells(found: ReportedDifference | null, sign: Sign = 'same'): Markup {
  if (found === null)
    return html`<td class="number">–</td>
      <td class="number">–</td>
      <td class="number">–</td>`
  const { value, interval, p } = found
  const range = interval === null ? '–' : `${delta(interval.low)} … ${delta(interval.high)}`
  return html`<td class="number"><span class="${sign}">${delta(value)}</span></td>
    <td class="number">${range}</td>
    <td class="number">${p === null ? '–' : p.toPrecision(2)}</td>`
}

function pairSection(report: ComparisonReport, { name, differences, worst, best }: ReportedPair): Markup {
  const first = report.systems[0].name
  const [worse, better] = [(each: number) => each < -smallestDifference, (each: number) => each > smallestDifference].map(
    (counts) => differences.filter(counts).length,
  )
  const part = (title: string, photos: readonly ReportedPhoto[]): Markup | null =>
    photos.length === 0
      ? null
      : html`<h3>${title}</h3>
          <div class="photos">${photos.map((photo) => photoCard(photo, first, name))}</div>`
  return html`<section>
    <h2>${foreign(name)} photo by photo</h2>
    <p>
      By ${report.metric} of each photo: ${count(better)} better, ${count(worse)} worse, ${count(differences.length - better - worse)} the same, of
      ${count(differences.length)}.
    </p>
    ${differenceHistogram(differences, report.metric)} ${part('Where it got worse most', worst)} ${part('Where it got better most', best)}
  </section>`
}

function photoCard({ name, picture: bytes, references, before, after }: ReportedPhoto, first: string, other: string): Markup {
  const difference = before.score === null || after.score === null ? null : after.score - before.score
  return html`<article class="photo${bytes === null ? ' bare' : ''}">
    ${bytes === null ? null : picture(bytes, 'image/webp', name)}
    <div>
      <p class="head"><span class="small muted">${foreign(name)}</span><strong>${delta(difference)}</strong></p>
      <p class="caption"><span class="who">${foreign(first)}, ${score(before.score)}</span><span dir="auto">${before.text ?? 'no caption'}</span></p>
      <p class="caption other"><span class="who">${foreign(other)}, ${score(after.score)}</span><span dir="auto">${after.text ?? 'no caption'}</span></p>
      ${
        references.length === 0
          ? null
          : html`<ul>
              ${references.map((text) => html`<li dir="auto">${text}</li>`)}
            </ul>`
      }
    </div>
  </article>`
}
