/** An experiment as one HTML file: what it asks, what its recipes reach over their seeds, each cell, plots, and the command that repeats it. */
import { count } from '#shared/domain.ts'
import type { ExperimentReport } from '#shared/experiments.ts'
import { cellTable, seedsTable } from '#shared/tables/experiment-tables.ts'
import { figureTable } from './figure-table.ts'
import { foreign, html } from './markup.ts'
import { factList, footer, page, picture } from './page.ts'

export interface ReportedPlot {
  title: string
  svg: string
}

/** The whole file. Differences are to each baseline in turn. */
export function experimentPage(report: ExperimentReport, plots: readonly ReportedPlot[], madeAt: string): string {
  const { name, description, data, devPhotos, choosingPhotos, trainPhotos, beam, cells, groups, baselines, command } = report
  const done = cells.filter(({ state }) => state === 'done').length
  const failed = cells.filter(({ error }) => error !== null)
  const seeds = groups.some((group) => group.seeds.length > 1)
  // A table without baselines still has its scores.
  const places = baselines.length === 0 ? [-1] : baselines.map((_, index) => index)
  return page(name, [
    html`<header>
      <h1>${foreign(name)}</h1>
      ${description === '' ? null : html`<p class="summary">${foreign(description)}</p>`}
    </header>`,
    factList([
      { title: 'Cells', value: `${done} of ${cells.length} done${failed.length === 0 ? '' : `, ${failed.length} failed`}` },
      { title: 'Learned from', value: `${count(trainPhotos)} photos` },
      { title: 'Judged on', value: `${count(devPhotos)} photos` },
      { title: 'Checkpoints chosen by', value: choosingPhotos > 0 ? `${count(choosingPhotos)} other photos` : 'the same photos, which flatters every cell' },
      { title: 'Captions', value: `by beam ${beam}` },
      { title: 'Data', value: data },
    ]),
    seeds
      ? html`<section>
          <h2>Over seeds</h2>
          ${places.map((baseline) => figureTable(seedsTable(report, baseline)))}
        </section>`
      : html`<p>One seed: intervals cover photos, not training. Nothing is concluded of a recipe.</p>`,
    plots.length === 0
      ? null
      : html`<section>
          <h2>Plots</h2>
          ${plots.map(({ title, svg }) => html`<figure>${picture(Buffer.from(svg), 'image/svg+xml', title)}</figure>`)}
        </section>`,
    html`<section>
      <h2>Each cell</h2>
      ${places.map((baseline) => figureTable(cellTable(report, baseline)))}
    </section>`,
    failed.length === 0
      ? null
      : html`<section>
          <h2>Failed cells</h2>
          <ul>
            ${failed.map(({ cell, error }) => html`<li>${foreign(cell.id)}: ${foreign(error?.happened ?? '')}</li>`)}
          </ul>
        </section>`,
    html`<section>
      <h2>To repeat it</h2>
      <pre>${command}</pre>
    </section>`,
    footer(madeAt),
  ])
}
