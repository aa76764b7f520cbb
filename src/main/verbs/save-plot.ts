/** Plots that the page drew, as files: the SVG itself, its pixels, or the SVG printed as PDF. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VerbParsed } from '#shared/api.ts'
import { writeOutput } from '#engine/files/output-place.ts'
import { plotPage } from '#engine/reports/plot-page.ts'
import { printPage } from '../window/print-page.ts'

export async function savePlot({ file, plot }: VerbParsed<'plots.save'>): Promise<void> {
  // The dialog for saving has asked about what is there.
  await writeOutput(file, await contentOf(plot), { replace: true })
}

async function contentOf(plot: VerbParsed<'plots.save'>['plot']): Promise<string | Uint8Array> {
  if (plot.format === 'svg') return plot.svg
  if (plot.format === 'png') return Buffer.from(plot.png.slice(plot.png.indexOf(',') + 1), 'base64')
  const folder = await mkdtemp(join(tmpdir(), 'capstan-plot-'))
  try {
    const [page, pdf] = [join(folder, 'plot.html'), join(folder, 'plot.pdf')]
    await writeFile(page, plotPage(plot.svg))
    await printPage(page, pdf)
    return await readFile(pdf)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
