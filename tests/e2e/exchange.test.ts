/** Other captioners' captions in, the corrected ones out, in the real window: three files dropped, matched, scored, compared, a queue of one failure corrected. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { create } from 'tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { artifactFolder } from '../../scripts/paths.ts'
import { dropFiles } from '../support/drop-files.ts'

const scenes = 16
/** A job's process may take long to start where the machine has much to do. */
const patience = 90_000
const datasetSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string() })),
  annotations: z.array(z.object({ image_id: z.number(), caption: z.string() })),
})

describe('captions in and out', () => {
  let running: RunningApp
  let folder: string
  /** Caption by image id, of the set's own words. */
  const names = new Map<number, string>()
  const truths = new Map<number, string>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-exchange-'))
    const written = await writeScenes(join(folder, 'scenes'), scenes, 5)
    const { images, annotations } = datasetSchema.parse(JSON.parse(await readFile(written.captions, 'utf8')))
    for (const { id, file_name: name } of images) names.set(id, name)
    for (const { image_id: id, caption } of annotations) truths.set(id, truths.get(id) ?? caption)
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Exchange' })
    const source = { kind: 'captions', file: written.captions, imageRoot: written.images, split: 'dev' } as const
    await finished(running.window, (await callVerb(running.window, 'imports.start', source)).id)
  }, 600_000)
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const dialog = () => running.window.getByRole('dialog')
  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const models = async () => (await callVerb(running.window, 'models.list')).filter(({ source }) => source.kind === 'external')
  /** The caption of the image after it: wrong. */
  const other = (id: number): string => truths.get((id % scenes) + 1) ?? ''

  test('three files of results are dropped, recognised, previewed and imported', async () => {
    const good = join(folder, 'ofa.json')
    const table = join(folder, 'blip.csv')
    const lines = join(folder, 'git.jsonl')
    await writeFile(good, JSON.stringify([...truths].map(([id, caption]) => ({ image_id: id, caption }))))
    await writeFile(table, `image,caption\n${[...names].map(([id, name]) => `${name},"${other(id)}"`).join('\n')}\nnobody.jpg,nothing\n`)
    await writeFile(lines, [...names].map(([id, name]) => `${JSON.stringify({ file_name: name, text: id % 2 ? truths.get(id) : other(id) })}\n`).join(''))
    await dropFiles(running.window, [good, table, lines])

    await dialog().getByRole('heading', { name: 'Import images and captions' }).waitFor()
    await dialog().getByText('2 more wait').waitFor()
    expect(await dialog().getByLabel('Captions file').inputValue()).toBe(good)
    expect(await dialog().getByLabel('Comes in as').inputValue()).toBe('candidates')
    await dialog().getByText(`${scenes} captions of ${scenes} photos`).waitFor()
    await dialog().getByText(`ofa: ${scenes} photos, new`).waitFor()
    await running.screenshot('exchange-import-results')
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()

    for (const [file, name, format] of [
      [table, 'BLIP', 'a table (CSV or TSV) with named columns'],
      [lines, 'GIT', 'JSON Lines with named keys'],
    ] as const) {
      await expect.poll(() => dialog().getByLabel('Captions file').inputValue()).toBe(file)
      await dialog().getByText(format).waitFor()
      await dialog().getByLabel('Comes in as').selectOption('candidates')
      await dialog().getByLabel('Name of the captioner').fill(name)
      await dialog().getByLabel('Licence (optional)').fill('Apache-2.0')
      await dialog().getByText(`${name}: ${scenes} photos, new`).waitFor()
      if (file === table) {
        await dialog().getByText('1 left out').click()
        await dialog().getByText('No image is called “nobody.jpg”').waitFor()
        for (const theme of ['light', 'dark'] as const) {
          await callVerb(running.window, 'settings.set', { theme })
          await running.window.waitForTimeout(500)
          await running.screenshot(`exchange-import-table-${theme}`)
        }
      }
      await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    }
    await dialog().waitFor({ state: 'detached' })
    await expect.poll(async () => (await models()).map(({ name }) => name), { timeout: patience }).toEqual(expect.arrayContaining(['ofa', 'BLIP', 'GIT']))
  })

  test('each is scored on the same photos', async () => {
    await running.window.getByRole('link', { name: 'Evaluate' }).click()
    for (const { id, name } of await models()) {
      await running.window.getByLabel('Model', { exact: true }).selectOption(id)
      await running.window.getByLabel('Set', { exact: true }).selectOption('dev')
      await running.window.getByRole('button', { name: 'Score', exact: true }).click()
      const evaluated = async () => (await callVerb(running.window, 'scores.evaluations')).filter(({ modelId }) => modelId === id).length
      await expect.poll(evaluated, { timeout: patience, message: name }).toBe(1)
    }
    await running.window.getByRole('group', { name: 'Copy the table of Dev' }).getByRole('button', { name: 'Markdown' }).click()
    await running.window.getByRole('group', { name: 'Copy the table of Dev' }).getByText('Copied').waitFor()
    expect(await running.app.evaluate(({ clipboard }) => clipboard.readText())).toMatch(/^\| Model \| Images \| Beam \| BLEU-1 \|/)
    await running.screenshot('exchange-evaluate')
  })

  test('two are compared, worst first', async () => {
    const byName = new Map((await models()).map(({ name, id }) => [name, id]))
    await running.window.getByRole('link', { name: 'Models' }).click()
    await running.window.getByRole('tab', { name: 'Compare' }).click()
    await running.window.getByLabel('Before').selectOption(byName.get('ofa') ?? '')
    await running.window.getByLabel('After').selectOption(byName.get('BLIP') ?? '')
    await running.window.getByLabel('Set', { exact: true }).selectOption('dev')
    await running.window.getByRole('button', { name: 'Compare', exact: true }).click()
    await running.window.getByRole('region', { name: 'Scores of both' }).waitFor()
    const shown = running.window.getByRole('region', { name: 'Images under both models' }).locator('.difference')
    await expect.poll(() => shown.count()).toBeGreaterThan(1)
    const differences = (await shown.allInnerTexts()).map((text) => Number(text.replaceAll('−', '-').replaceAll(/[^\d.-]/g, '')))
    expect(differences).toEqual(differences.toSorted((a, b) => a - b))
    expect(differences[0]).toBeLessThan(0)
    await running.screenshot('exchange-compare')
    const copy = running.window.getByRole('group', { name: 'Copy the scores of both' })
    const copied = () => running.app.evaluate(({ clipboard }) => clipboard.readText())
    for (const [button, shown] of [
      ['Markdown', /^\| CIDEr \| .*\[−?\d\.\d{3}, −?\d\.\d{3}\]/m],
      ['CSV', /^Metric,ofa,BLIP,Difference,Difference low,Difference high,p\r\n/],
      ['LaTeX', /\\midrule\nBLEU-1 & /],
    ] as const) {
      await copy.getByRole('button', { name: button }).click()
      await copy.getByText('Copied').waitFor()
      expect(await copied()).toMatch(shown)
      await copy.getByText('Copied').waitFor({ state: 'detached' })
    }
  })

  test('the comparison is saved as one HTML file, and the same as PDF, without a request to anywhere', async () => {
    for (const [format, item] of [
      ['html', 'HTML, one file'],
      ['pdf', 'PDF'],
    ] as const) {
      const file = join(folder, `report.${format}`)
      await running.app.evaluate(({ dialog: system }, chosen) => {
        system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
      }, file)
      await running.window.getByRole('button', { name: 'Save report… about ofa and BLIP' }).click()
      await running.window.getByRole('menuitem', { name: item }).waitFor()
      if (format === 'html') await running.screenshot('report-menu')
      await running.window.getByRole('menuitem', { name: item }).click()
      const written = async () => (await callVerb(running.window, 'jobs.list')).find(({ result }) => result['file'] === file)?.state
      await expect.poll(written, { timeout: patience }).toBe('done')
    }
    const page = await readFile(join(folder, 'report.html'), 'utf8')
    expect(page).toContain('<bdi>ofa and BLIP</bdi>')
    expect(page.match(/src="data:image\/webp;base64,/g)?.length).toBeGreaterThan(2)
    expect(page).not.toMatch(/<script|https?:/)
    const pdf = await readFile(join(folder, 'report.pdf'), 'latin1')
    expect(pdf).toMatch(/^%PDF-/)
    expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1)
    expect(pdf).not.toMatch(/\/JavaScript|\/JS\b/)
    // As a reader sees it, by day and by night.
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      const pictures = await running.app.evaluate(
        async ({ BrowserWindow }, [shown, scheme]) => {
          const taken: string[] = []
          for (const [width, height] of [
            [1280, 800],
            [1920, 1080],
            [1280, 2600],
          ]) {
            const reader = new BrowserWindow({ show: false, width, height, useContentSize: true, webPreferences: { sandbox: true, javascript: false } })
            await reader.loadFile(shown)
            // Playwright has every page of the app prefer light.
            reader.webContents.debugger.attach()
            await reader.webContents.debugger.sendCommand('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
            await new Promise((resolve) => setTimeout(resolve, 500))
            taken.push((await reader.webContents.capturePage()).toPNG().toString('base64'))
            reader.destroy()
          }
          return taken
        },
        [join(folder, 'report.html'), theme] as const,
      )
      for (const [index, picture] of pictures.entries()) {
        const [corner] = await sharp(Buffer.from(picture, 'base64')).extract({ left: 2, top: 2, width: 1, height: 1 }).raw().toBuffer()
        expect(corner).toBe(theme === 'light' ? 255 : 0x15)
        await writeFile(join(artifactFolder, `report-${theme}-${['1280', '1920', 'whole'][index]}.png`), Buffer.from(picture, 'base64'))
      }
    }
    // The window that printed it is gone, and nothing went out.
    expect(await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
    expect((await callVerb(running.window, 'app.info')).networkRequests).toBe(0)
  })

  test('one kind of failure becomes a queue, and its captions are corrected', async () => {
    const blip = (await models()).find(({ name }) => name === 'BLIP')!.id
    await running.window.getByRole('link', { name: 'Failures' }).click()
    await running.window.getByLabel('Model', { exact: true }).selectOption(blip)
    await running.window.getByLabel('Set', { exact: true }).selectOption('dev')
    const size = (width: number, height: number) =>
      running.app.evaluate(({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0].setContentSize(w, h), [width, height] as const)
    const save = running.window.getByRole('button', { name: /^Save the plot/ }).first()
    await save.waitFor()
    for (const [format, begins] of [
      ['svg', '<svg '],
      ['png', '\u0089PNG'],
      ['pdf', '%PDF-'],
    ] as const) {
      const file = join(folder, `plot.${format}`)
      await running.app.evaluate(({ dialog: system }, chosen) => {
        system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
      }, file)
      await save.click()
      await running.window.getByRole('menuitem', { name: format.toUpperCase() }).click()
      await expect.poll(() => readFile(file, 'latin1').catch(() => ''), { timeout: patience }).toMatch(new RegExp(`^${begins}`))
    }
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await size(width, height)
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(running.window, 'settings.set', { theme })
        await running.window.waitForTimeout(400)
        await running.screenshot(`failures-plots-${width}-${theme}`)
      }
    }
    const kind = running.window.getByRole('list', { name: 'Kinds of failure' }).locator('button:enabled').first()
    await kind.click()
    await running.window.getByRole('button', { name: 'Make it a queue' }).click()
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    await running.window.getByRole('listbox', { name: 'Images' }).getByRole('option').first().dblclick()
    const editor = running.window.getByRole('textbox', { name: 'Caption', exact: true })
    await editor.waitFor()
    for (let done = 1; done <= 2; done += 1) {
      await running.window.waitForTimeout(700) // a photo that has only just appeared would ask first
      await press('e')
      await press('Control+a')
      await running.window.keyboard.type(`a corrected scene ${done}`)
      await press('Control+Enter')
      await expect.poll(async () => (await callVerb(running.window, 'library.facets')).states.corrected, { timeout: patience }).toBe(done)
    }
    const imageId = (await callVerb(running.window, 'library.ids', { filter: { states: ['corrected'] }, sort: {} }))[0]
    const { corrections, candidates } = await callVerb(running.window, 'images.get', { imageId })
    expect(candidates.map(({ modelName }) => modelName)).toEqual(expect.arrayContaining(['ofa', 'BLIP', 'GIT']))
    expect(candidates.some(({ id }) => id === corrections[0].candidateId)).toBe(true)
  })

  test('what was corrected is exported in three formats, with all that is known of it, and recorded', async () => {
    await running.window.getByRole('link', { name: 'Library', exact: true }).click()
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    for (const [format, name] of [
      ['csv', 'corrected.csv'],
      ['karpathy', 'corrected.json'],
      ['image-folder', 'corrected-folder'],
    ] as const) {
      const file = join(folder, name)
      await running.app.evaluate(({ dialog: system }, chosen) => {
        system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
      }, file)
      await running.window.getByRole('button', { name: 'Export', exact: true }).click()
      await dialog().getByRole('radio', { name: 'Corrections' }).check()
      await dialog().getByLabel('Images').selectOption('all')
      await dialog().getByLabel('Format').selectOption(format)
      for (const detail of ['Authors', 'Times', 'Ratings', 'Error types', 'What was corrected']) await dialog().getByRole('checkbox', { name: detail }).check()
      if (format === 'image-folder') {
        await dialog().getByText('Exported before (2)').click()
        for (const theme of ['light', 'dark'] as const) {
          await callVerb(running.window, 'settings.set', { theme })
          await running.window.waitForTimeout(500)
          await running.screenshot(`exchange-export-${theme}`)
        }
      }
      await dialog().getByRole('button', { name: 'Choose a file and export…' }).click()
      await expect.poll(async () => (await callVerb(running.window, 'exports.list'))[0]?.path, { timeout: patience }).toBe(file)
    }
    const records = await callVerb(running.window, 'exports.list')
    expect(records.map(({ what, format, captions, snapshot }) => [what, format, captions, snapshot])).toEqual([
      ['corrections', 'image-folder', 2, null],
      ['corrections', 'karpathy', 2, null],
      ['corrections', 'csv', 2, null],
    ])
    const table = await readFile(join(folder, 'corrected.csv'), 'utf8')
    expect(table).toContain('image_id,file_name,split,caption,author,time,rating,error_types,before')
    expect(table).toContain('a corrected scene 1')
    expect(await readFile(join(folder, 'corrected.json'), 'utf8')).toContain('a corrected scene 2')
    expect((await readFile(join(folder, 'corrected-folder', 'metadata.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2)
  })

  test('COCO results are offered no boxes, text files no details', async () => {
    await running.window.getByRole('button', { name: 'Export', exact: true }).click()
    await dialog().getByText('2 captions, by').first().waitFor({ state: 'attached' })
    await dialog().getByLabel('Format').selectOption('coco-results')
    await expect.poll(() => dialog().getByRole('checkbox').allInnerTexts()).toHaveLength(6)
    expect(await dialog().getByRole('checkbox', { name: 'Boxes' }).count()).toBe(0)
    await dialog().getByLabel('Format').selectOption('csv')
    await dialog().getByRole('checkbox', { name: 'Boxes' }).waitFor()
    await dialog().getByLabel('Format').selectOption('sidecar')
    await expect.poll(() => dialog().getByRole('checkbox').count()).toBe(0)
    await press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  test('a dropped shard brings its photos, read where they are or unpacked', async () => {
    const tar = join(folder, 'shard.tar')
    const photo = (red: number): Promise<Buffer> =>
      sharp({ create: { width: 60, height: 40, channels: 3, background: { r: red, g: 90, b: 200 } } })
        .png()
        .toBuffer()
    await mkdir(join(folder, 'members'))
    const members = { '0.png': await photo(10), '0.txt': 'a blue field', '1.png': await photo(200), '1.txt': 'a pink field' }
    for (const [name, content] of Object.entries(members)) await writeFile(join(folder, 'members', name), content)
    await create({ cwd: join(folder, 'members'), file: tar }, Object.keys(members))
    for (const unpacked of [false, true]) {
      await dropFiles(running.window, [tar])
      await dialog().getByText('WebDataset shards (tar)').waitFor()
      await dialog().getByText('2 captions of 2 photos').waitFor()
      if (unpacked) {
        await running.app.evaluate(
          ({ dialog: system }, chosen) => {
            system.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
          },
          join(folder, 'unpacked'),
        )
        await dialog().getByRole('button', { name: 'Unpack them into a folder…' }).click()
        await dialog()
          .getByText(`Its photos are unpacked into ${join(folder, 'unpacked')}.`)
          .waitFor()
      } else await dialog().getByText('Its photos are read where they are.').waitFor()
      await running.screenshot(`exchange-import-shard-${unpacked ? 'unpacked' : 'in-place'}`)
      await dialog().getByRole('button', { name: 'Import', exact: true }).click()
      await dialog().waitFor({ state: 'detached' })
      await expect.poll(async () => (await callVerb(running.window, 'library.facets')).total, { timeout: patience }).toBe(scenes + 2 * (1 + Number(unpacked)))
    }
    expect((await readdir(join(folder, 'unpacked', 'shard'))).sort()).toEqual(['0.png', '1.png'])
    await running.window.getByRole('button', { name: /^Clear \d/ }).click()
    await running.window.getByPlaceholder('Search names, captions, references').fill('shard tar')
    const inside = running.window.getByRole('option', { name: /shard\.tar\/1\.png/ }).locator('img')
    await expect.poll(() => inside.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: patience }).toBe(60)
  })

  test('a table in another encoding is named and converted, its columns are chosen, and it comes in as drafts', async () => {
    const table = join(folder, 'bilder.csv')
    const [first, second] = await callVerb(running.window, 'library.ids', { filter: { states: ['pending'] }, sort: {} })
    const nameOf = async (imageId: number): Promise<string> => (await callVerb(running.window, 'images.get', { imageId })).fileName
    await writeFile(table, Buffer.from(`bild;satz\n${await nameOf(first)};ein café\n${await nameOf(second)};ein haus\n`, 'latin1'))
    await dropFiles(running.window, [table])
    await dialog().getByText('It is not UTF-8 and looks like Windows-1252: convert it').waitFor()
    await dialog().getByText('it is not UTF-8 text').waitFor()
    await dialog()
      .getByRole('checkbox', { name: /convert it/ })
      .check()
    await dialog().getByText('no column names the photos').waitFor()
    await dialog().getByLabel('Comes in as').selectOption('drafts')
    await dialog().getByLabel('Photo', { exact: true }).selectOption('bild')
    await dialog().getByLabel('Caption', { exact: true }).selectOption('satz')
    await dialog().getByText('2 captions of 2 photos').waitFor()
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    await dialog().waitFor({ state: 'detached' })
    const draft = async () => (await callVerb(running.window, 'library.facets')).states.draft
    await expect.poll(draft, { timeout: patience }).toBe(2)
    expect((await callVerb(running.window, 'images.get', { imageId: first })).captions[0]).toMatchObject({ state: 'draft', text: 'ein café' })
  })

  test('a compressed shard is refused in words that say what to do', async () => {
    const file = join(folder, 'shard.tar.gz')
    await writeFile(file, gzipSync(await readFile(join(folder, 'shard.tar'))))
    await running.window.getByRole('button', { name: 'Import', exact: true }).click()
    await dialog().getByRole('radio', { name: 'File of captions' }).check()
    await dialog().getByLabel('Captions file').fill(file)
    await dialog().getByText('shard.tar.gz is compressed (gzip): what is in it cannot be read in place.').waitFor()
    await dialog().getByText('Unpack it, and import the folder or the file that comes out.').waitFor()
    await press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  test('texts beside photos are asked about with the count of both', async () => {
    const beside = join(folder, 'beside')
    await mkdir(beside)
    for (const name of ['a', 'b'])
      await writeFile(
        join(beside, `${name}.png`),
        await sharp({ create: { width: 9, height: 9, channels: 3, background: name === 'a' ? 'red' : 'blue' } })
          .png()
          .toBuffer(),
      )
    await writeFile(join(beside, 'a.txt'), 'one\ntwo\n')
    await writeFile(join(beside, 'b.caption'), 'three')
    await running.window.getByRole('button', { name: 'Import', exact: true }).click()
    await dialog().getByRole('radio', { name: 'File of captions' }).check()
    await dialog().getByLabel('Captions file').fill(beside)
    await dialog().getByText('text files beside photos').waitFor()
    await dialog().getByText('The 2 text files hold 3 lines: are they 2 captions, one a file, or 3, one a line?').waitFor()
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await running.window.waitForTimeout(500)
      await running.screenshot(`exchange-import-sidecar-${theme}`)
    }
    await dialog().getByLabel('A caption is').selectOption('file')
    await dialog().getByText('2 captions of 2 photos, all of them new').waitFor()
    await dialog().getByLabel('A caption is').selectOption('line')
    await dialog().getByText('3 captions of 2 photos, all of them new').waitFor()
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    await dialog().waitFor({ state: 'detached' })
    await expect.poll(async () => (await callVerb(running.window, 'library.facets')).total, { timeout: patience }).toBe(scenes + 6)
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
