/** A case as one HTML file: what was wrong, what was done about it, and whether it is gone, with the photos to believe it by. */
import type { CasePage, CaseVerdict } from '#shared/cases/cases.ts'
import { verdictTable, verdictTitle } from '#shared/cases/verdict-words.ts'
import { count, countOf } from '#shared/domain.ts'
import { setTitles } from '#shared/metrics/evaluations.ts'
import { between, delta, score } from '#shared/metrics/figure-text.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import { differenceText, filterText } from '#shared/slices/titles.ts'
import { figureTable } from './figure-table.ts'
import { foreign, html, type Markup } from './markup.ts'
import { factList, footer, page, picture } from './page.ts'

export interface CaseReport {
  page: CasePage
  /** Of every model that can be judged, those that learned from the case first. */
  verdicts: readonly CaseVerdict[]
  /** Names of models by id. */
  names: ReadonlyMap<string, string>
  /** Small WebPs by image id, of those that can be shown. */
  pictures: ReadonlyMap<number, Uint8Array>
  madeAt: string
}

/** The whole file. */
export function caseReportPage(report: CaseReport): string {
  const { page: one, verdicts, names, madeAt } = report
  const nameOf = (modelId: string): string => names.get(modelId) ?? modelId
  const kept = one.verdict
  return page(one.name, [
    html`<header>
      <h1>${foreign(one.name)}</h1>
      <p class="summary">${kept === null ? 'This case is open.' : html`${verdictTitle(kept)}: ${foreign(nameOf(kept.modelId))}. ${foreign(kept.reason)}`}</p>
      ${one.note === '' ? null : html`<p dir="auto">${foreign(one.note)}</p>`}
    </header>`,
    foundSection(report, nameOf(one.modelId)),
    html`<section>
      <h2>What was done</h2>
      ${factList([
        { title: 'To correct', value: `${countOf(one.listed, 'photo')}: ${count(one.decided)} decided, ${count(one.corrected)} of them corrected` },
        { title: 'Kept to judge by', value: `${countOf(one.judging, 'photo')}, which nothing learned from while the case was open` },
        ...one.snapshots.map(({ snapshot, corrections }) => ({
          title: 'Frozen',
          value: `${snapshot.name}, ${snapshot.createdAt.slice(0, 10)}: ${countOf(corrections, 'correction')} of the case to learn from`,
        })),
        ...one.models.filter(({ taught }) => taught).map(({ name }) => ({ title: 'Learned from it', value: name })),
      ])}
    </section>`,
    verdicts.length === 0
      ? html`<section>
          <h2>Before and after</h2>
          <p>No other model is scored on this set.</p>
        </section>`
      : [
          html`<section>
            <h2>Before and after</h2>
            ${figureTable(verdictTable(one, verdicts, nameOf))}
          </section>`,
          verdicts.map((verdict) => verdictSection(report, verdict, nameOf(verdict.modelId))),
        ],
    footer(madeAt),
  ])
}

function foundSection({ page: one, pictures }: CaseReport, model: string): Markup {
  const { found, worst } = one
  return html`<section>
    <h2>What was wrong</h2>
    ${factList([
      { title: 'Model', value: model },
      { title: 'Set', value: setTitles[one.set] },
      { title: 'Photos', value: `${countOf(one.photos, 'photo')}: ${one.filters.map((filter) => filterText(filter)).join(', ')}` },
      { title: 'Found', value: `${one.createdAt.slice(0, 10)}${one.author === '' ? '' : `, by ${one.author}`}` },
      ...(found === null || found.mean === null
        ? []
        : [
            {
              title: metricTitle(one.metric),
              value: `${score(found.mean)}${found.interval === null ? '' : ` [${between(found.interval)}]`}, elsewhere ${score(found.rest)}${
                found.difference === null ? '' : `, difference ${differenceText(found.difference, 3)}`
              }`,
            },
          ]),
    ])}
    <div class="photos">
      ${worst.map(
        ({ imageId, fileName, caption, score: value, references }) =>
          html`<article class="photo${pictures.has(imageId) ? '' : ' bare'}">
            ${shown(pictures, imageId, fileName)}
            <div>
              <p class="head"><span class="small muted">${foreign(fileName)}</span><strong>${score(value)}</strong></p>
              <p class="caption"><span dir="auto">${foreign(caption === '' ? 'empty caption' : caption)}</span></p>
              <ul>
                ${references.map((text) => html`<li dir="auto">${foreign(text)}</li>`)}
              </ul>
            </div>
          </article>`,
      )}
    </div>
  </section>`
}

function verdictSection({ pictures }: CaseReport, verdict: CaseVerdict, model: string): Markup {
  const { reason, lost, learned } = verdict
  return html`<section>
    <h2>${foreign(model)}: ${verdictTitle(verdict)}</h2>
    <p>${foreign(reason)}</p>
    ${learned === 0 ? null : html`<p class="small muted">${countOf(learned, 'judging photo')} left out: a model learned from ${learned === 1 ? 'it' : 'them'}.</p>`}
    ${
      lost.length === 0
        ? null
        : html`<h3>What got worse</h3>
            <div class="photos">
              ${lost.map(
                ({ imageId, fileName, before, after, difference, inside }) =>
                  html`<article class="photo${pictures.has(imageId) ? '' : ' bare'}">
                    ${shown(pictures, imageId, fileName)}
                    <div>
                      <p class="head">
                        <span class="small muted">${foreign(fileName)}, ${inside ? 'of the case' : 'elsewhere'}</span><strong>${delta(difference)}</strong>
                      </p>
                      <p class="caption"><span class="who">before</span><span dir="auto">${foreign(before)}</span></p>
                      <p class="caption other"><span class="who">after</span><span dir="auto">${foreign(after)}</span></p>
                    </div>
                  </article>`,
              )}
            </div>`
    }
  </section>`
}

function shown(pictures: ReadonlyMap<number, Uint8Array>, imageId: number, name: string): Markup | null {
  const bytes = pictures.get(imageId)
  return bytes === undefined ? null : picture(bytes, 'image/webp', name)
}
