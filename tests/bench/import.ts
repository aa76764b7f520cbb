/**
 * `npm run bench -- import`: peak memory (resident megabytes) and seconds of `capstan import` and `capstan export` of 100,000 captions in every format, each in a process of its
 * own, as one line of JSON. Options: `--photos n` and `--per-photo n` (20,000 of five, or 100,000 of one), `--only a,b` (beginnings of names), `--window` (the
 * same work as jobs of the real window: the peak of each of its processes), `--keep folder` (an existing one, in which all stays).
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exportFormats } from '#shared/exchange.ts'
import { peakOf } from '../support/peak-memory.ts'
import { inWindow } from './exchange/in-window.ts'
import { captionsAlone, filesOf, instancesFile, resultsFile, writtenPhotos, type WrittenFile } from './exchange/written-files.ts'

const roles = ['results', 'references', 'corrections', 'drafts'] as const

export async function run(args: string[]): Promise<string> {
  const option = (value: string) => ({ type: 'string' as const, default: value })
  const { values } = parseArgs({
    args,
    options: {
      photos: option('20000'),
      'per-photo': option('5'),
      only: { type: 'string' },
      keep: { type: 'string' },
      window: { type: 'boolean', default: false },
    },
  })
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'capstan-import-'))
  const only = values.only?.split(',')
  const asked = (name: string): boolean => only === undefined || only.some((each) => name.startsWith(each))
  try {
    const photos = writtenPhotos(join(folder, 'photos'), Number(values.photos), Number(values['per-photo']))
    if (values.window) return JSON.stringify(await inWindow(folder, photos, asked))
    const measured: Record<string, { peakMb: number; seconds: number }> = {}
    const measure = async (name: string, words: string[]): Promise<void> => {
      const { peakMb, seconds } = await peakOf(words)
      measured[name] = { peakMb, seconds }
      process.stderr.write(`${name}: ${JSON.stringify(measured[name])}\n`)
    }
    const files = filesOf(folder, photos)
    for (const [name, write] of Object.entries(files)) {
      if (!asked(name)) continue
      const { file, options } = await write()
      rmSync(join(folder, 'w'), { recursive: true, force: true })
      await measure(name, ['import', join(folder, 'w'), '--captions', file, ...options])
    }
    await measureKnown()
    return JSON.stringify(measured)

    /** With photos that a workspace has already. */
    async function measureKnown(): Promise<void> {
      const there = join(folder, 'there')
      if (!existsSync(there)) await peakOf(['import', there, '--captions', (await files['json-lines']()).file, '--images', join(folder, 'photos')])
      const copied = async (): Promise<string> => {
        rmSync(join(folder, 'w'), { recursive: true, force: true })
        await cp(there, join(folder, 'w'), { recursive: true })
        return join(folder, 'w')
      }
      const written: Record<string, () => WrittenFile | Promise<WrittenFile>> = { 'coco-results': () => resultsFile(folder, photos) }
      for (const name of captionsAlone) written[name] = files[name]
      for (const [name, write] of Object.entries(written)) {
        for (const as of roles) {
          if (!asked(`${name} as ${as}`)) continue
          const { file } = await write()
          await measure(`${name} as ${as}`, ['import', await copied(), `--${as}`, file, ...(as === 'results' ? ['--model-name', 'other'] : [])])
        }
      }
      if (asked('instances')) await measure('instances', ['import', await copied(), '--instances', instancesFile(folder, photos)])
      for (const format of exportFormats) {
        const name = `export ${format}`
        if (!asked(name)) continue
        const to = join(folder, 'exported')
        rmSync(to, { recursive: true, force: true })
        await measure(name, ['export', there, to, '--what', 'references', '--format', format, '--with', 'author,time,state,rating,error_types,before,boxes'])
      }
    }
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
