import { mkdir, mkdtemp, rm, writeFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { create } from 'tar'
import { test } from 'vitest'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import { dropFiles } from '../support/drop-files.ts'

test('shots', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-shots-'))
  const written = await writeScenes(join(folder, 'scenes'), 16, 5)
  const { images, annotations } = JSON.parse(await readFile(written.captions, 'utf8'))
  const name = new Map(images.map((i: any) => [i.id, i.file_name]))
  const running = await startApp(join(folder, 'user'))
  const { window } = running
  await window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
  await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Exchange' })
  await finished(window, (await callVerb(window, 'imports.start', { kind: 'captions', file: written.captions, imageRoot: written.images, split: 'dev' } as any)).id)
  const first = annotations.filter((a: any, i: number) => annotations.findIndex((b: any) => b.image_id === a.image_id) === i)
  const files: Record<string, string> = {}
  const put = async (n: string, c: string | Uint8Array) => { files[n] = join(folder, n); await writeFile(files[n], c) }
  await put('ofa.json', JSON.stringify([...first.map((a: any) => ({ image_id: a.image_id, caption: a.caption })), { image_id: 999, caption: 'nobody' }]))
  await put('blip.csv', `image,caption,model,comment\n${first.map((a: any) => `${name.get(a.image_id)},"${a.caption}",BLIP,x`).join('\n')}\nnobody.jpg,nothing,BLIP,y\n`)
  await put('latin.csv', Buffer.from(`image,caption\n${first.map((a: any) => `${name.get(a.image_id)},"caf\u00e9 ${a.caption}"`).join('\n')}\n`, 'latin1'))
  await put('vizwiz.json', JSON.stringify({ images, annotations: first.map((a: any, i: number) => ({ ...a, is_rejected: i < 3, is_precanned: i === 4 })) }))
  await put('instances.json', JSON.stringify({ images: images.map((i: any) => ({ ...i, width: 100, height: 100 })), annotations: images.map((i: any, n: number) => ({ id: n, image_id: i.id, category_id: 1, bbox: [1, 1, 20, 20] })), categories: [{ id: 1, name: 'dog' }] }))
  await put('shard.tar.gz', gzipSync('x'.repeat(4000)))
  const png = (c: string) => sharp({ create: { width: 60, height: 40, channels: 3, background: c } }).png().toBuffer()
  await mkdir(join(folder, 'm'))
  for (const [n, c] of Object.entries({ '0.png': await png('red'), '0.txt': 'a red field', '1.png': await png('blue'), '1.txt': 'a blue field' })) await writeFile(join(folder, 'm', n), c)
  await create({ cwd: join(folder, 'm'), file: join(folder, 'shard.tar') }, ['0.png', '0.txt', '1.png', '1.txt'])
  files['shard.tar'] = join(folder, 'shard.tar')
  await mkdir(join(folder, 'beside'))
  for (const [n, c] of Object.entries({ 'a.png': await png('red'), 'a.txt': 'one\ntwo\n', 'b.png': await png('green'), 'b.txt': 'three' })) await writeFile(join(folder, 'beside', n), c)
  for (const [file, modelName] of [['ofa.json', 'OFA'], ['blip.csv', 'unnamed']] as const)
    await finished(window, (await callVerb(window, 'imports.start', { kind: 'results', file: files[file], modelName, note: 'large, of a paper', licence: 'Apache-2.0' } as any)).id)
  await finished(window, (await callVerb(window, 'imports.start', { kind: 'results', file: files['latin.csv'], modelName: 'A captioner whose name is long enough to wrap in a row', encoding: 'windows-1252' } as any)).id)
  const dialog = window.getByRole('dialog')
  const shoot = async (shot: string) => {
    for (const [w, h] of [[1280, 800], [1920, 1080]] as const) {
      await running.app.evaluate(({ BrowserWindow }, [a, b]) => BrowserWindow.getAllWindows()[0]!.setContentSize(a, b), [w, h] as const)
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(window, 'settings.set', { theme } as any)
        await window.waitForTimeout(700)
        await running.screenshot(`shots17-${shot}-${w}-${theme}`)
      }
    }
  }
  await window.getByRole('link', { name: 'Library', exact: true }).click()
  const drop = async (path: string, shot: string, prepare?: () => Promise<void>) => {
    await dropFiles(window, [path])
    await dialog.waitFor()
    await window.waitForTimeout(2500)
    await prepare?.()
    await window.waitForTimeout(1500)
    await shoot(shot)
    await window.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  }
  await drop(written.captions, 'coco')
  await drop(files['ofa.json']!, 'results', async () => void (await dialog.getByText('1 left out').click()))
  await drop(files['blip.csv']!, 'table', async () => { await dialog.getByLabel('Comes in as').selectOption('candidates') })
  await drop(files['latin.csv']!, 'encoding', async () => { await dialog.getByLabel('Comes in as').selectOption('references') })
  await drop(files['vizwiz.json']!, 'marked', async () => { await dialog.getByLabel('Comes in as').selectOption('corrections') })
  await drop(files['instances.json']!, 'instances')
  await drop(files['shard.tar']!, 'shard')
  await window.getByRole('button', { name: 'Import', exact: true }).click()
  await dialog.waitFor()
  await dialog.getByRole('radio', { name: 'File of captions' }).check()
  await dialog.getByLabel('Captions file').fill(join(folder, 'beside'))
  await dialog.getByText('The 2 text files hold').waitFor()
  await shoot('sidecar')
  await dialog.getByLabel('Captions file').fill(files['shard.tar.gz']!)
  await dialog.getByText('is compressed').waitFor()
  await shoot('compressed')
  await dialog.getByRole('radio', { name: 'Folder of photos' }).check()
  await dialog.getByLabel('Folder', { exact: true }).fill(join(folder, 'beside'))
  await dialog.getByText('2 photos').waitFor()
  await shoot('folder')
  await window.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await window.getByRole('button', { name: 'Export', exact: true }).click()
  await dialog.waitFor()
  await window.waitForTimeout(800)
  await shoot('export')
  await window.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await window.getByRole('link', { name: 'Models' }).click()
  await window.waitForTimeout(1500)
  await shoot('models')
  await running.close()
  await rm(folder, { recursive: true, force: true })
}, 600_000)
