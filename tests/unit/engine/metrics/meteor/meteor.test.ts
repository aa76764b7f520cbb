import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMeteor, type MeteorScorer } from '#engine/metrics/meteor/meteor.ts'
import { meteorScore } from '#shared/metrics/meteor-score.ts'
import { addStatistics, emptyStatistics, fromNumbers, toNumbers } from '#shared/metrics/meteor-statistics.ts'
import { toReport, type ErrorReport } from '#shared/errors.ts'

const files = {
  'function/english.words': 'a\nthe\n',
  'synonym/english.synsets': 'bike\n7\nbicycle\n7\n',
  'synonym/english.exceptions': 'man\nmen\n',
}
const paraphrases = gzipSync('0.5\nnext to\nbeside\n0.25\na man\nsomeone\n')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-meteor-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function writeResources(place: string, some: Record<string, string> = files): Promise<void> {
  for (const [name, text] of Object.entries(some)) {
    await mkdir(join(place, name, '..'), { recursive: true })
    await writeFile(join(place, name), text)
  }
}

const jar = () => {
  const entries = Object.entries({ ...files, 'META-INF/MANIFEST.MF': '' })
  return zipSync(Object.fromEntries(entries.map(([name, text]) => [name, strToU8(text)])))
}

function failed(outcome: ErrorReport | MeteorScorer): ErrorReport {
  if ('code' in outcome) return outcome
  throw new Error('METEOR opened')
}

describe('where resources come from', () => {
  test.each(['', 'resources'])('a folder that holds them (in "%s")', async (below) => {
    await writeResources(join(folder, below))
    const meteor = await openMeteor({ resources: folder })
    expect(meteor.name).toBe('METEOR (no paraphrases)')
    expect(meteor.segment('the bike', ['the bicycle']).statistics.modules[2].candidateContent).toBe(1)
  })

  test('the jar, or a folder with the jar', async () => {
    const path = join(folder, 'meteor-1.5.jar')
    await writeFile(path, jar())
    for (const resources of [path, folder]) {
      const meteor = await openMeteor({ resources })
      expect(meteor.provenance).toEqual({ resources: path, paraphrases: null })
      expect(meteor.segment('the bike', ['the bicycle']).statistics.modules[2].candidateContent).toBe(1)
    }
  })

  test('paraphrases beside the jar make it METEOR proper', async () => {
    await writeFile(join(folder, 'meteor-1.5.jar'), jar())
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data/paraphrase-en.gz'), paraphrases)
    const meteor = await openMeteor({ resources: folder })
    expect(meteor.name).toBe('METEOR')
    const { statistics } = meteor.segment('dog next to someone', ['dog beside a man'])
    expect(toNumbers(statistics)).toEqual([4, 4, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 1, 1, 4, 4])
    expect(meteor.segment('dog next to someone', ['dog beside a man']).score).toBeCloseTo(meteorScore(statistics), 15)
  })

  test('a place without them says what to point to', async () => {
    const { code, todo } = await openMeteor({ resources: folder }).catch(toReport).then(failed)
    expect(code).toBe('not-found')
    expect(todo).toContain('meteor-1.5.jar')
  })

  test('an incomplete folder names what is missing', async () => {
    await writeResources(folder, { 'synonym/english.synsets': files['synonym/english.synsets'] })
    const { code, happened } = await openMeteor({ resources: folder }).catch(toReport).then(failed)
    expect(code).toBe('not-found')
    expect(happened).toContain('english.words')
  })

  test('damaged files are refused', async () => {
    await writeResources(folder, { ...files, 'synonym/english.synsets': 'bike\nbicycle\n' })
    await expect(openMeteor({ resources: folder })).rejects.toMatchObject({ code: 'corrupt' })
    await writeFile(join(folder, 'meteor-1.5.jar'), 'no zip')
    await expect(openMeteor({ resources: join(folder, 'meteor-1.5.jar') })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test.each([
    ['no gzip', Buffer.from('0.5\na\nb\n')],
    ['cut short', gzipSync('0.5\na\n')],
    ['empty', gzipSync('')],
    ['another text', gzipSync('the\nbike\nis\n')],
  ])('a paraphrase table that is %s is refused', async (_, bytes) => {
    await writeResources(folder)
    await writeFile(join(folder, 'table.gz'), bytes)
    await expect(openMeteor({ resources: folder, paraphrases: join(folder, 'table.gz') })).rejects.toMatchObject({ code: 'corrupt' })
  })
})

describe('the built-in variant', async () => {
  const meteor = await openMeteor()

  test('has a name of its own', () => {
    expect(meteor.name).toBe('METEOR (WordNet 3.1, no paraphrases)')
  })

  test('takes no paraphrases: mixed with them it would be neither measure', async () => {
    await expect(openMeteor({ paraphrases: 'paraphrase-en.gz' })).rejects.toMatchObject({ code: 'bad-input' })
  })

  test('knows stems, synonyms and irregular forms', () => {
    const modules = (candidate: string, reference: string) => meteor.segment(candidate, [reference]).statistics.modules
    expect(modules('man riding far', 'man rides away')[1].candidateContent).toBe(1)
    expect(modules('bicycle here', 'the bike')[2].candidateContent).toBe(1)
    expect(modules('sofa here', 'two couches')[2].candidateContent).toBe(1)
    expect(modules('children here', 'the kid')[2].candidateContent).toBe(1)
  })

  test('a candidate equal to a reference scores 1 when every word is exact, an unrelated one 0', () => {
    expect(meteor.segment('a man rides a bike', ['nothing', 'a man rides a bike']).score).toBe(1)
    expect(meteor.segment('purple', ['a man rides a bike']).score).toBe(0)
  })

  test('an empty candidate or reference scores 0', () => {
    expect(meteor.segment('', ['a man']).score).toBe(0)
    expect(meteor.segment('a man', ['']).score).toBe(0)
    expect(meteor.segment('', ['']).score).toBe(0)
  })

  test('a candidate without references is an error', () => {
    expect(() => meteor.segment('a man', [])).toThrow('at least one reference')
  })

  test('a candidate of 100,000 words is scored', () => {
    const { statistics } = meteor.segment('a dog '.repeat(50_000), ['a dog on a mat'])
    expect(statistics.candidateLength).toBe(100_000)
    expect(statistics.candidateMatches).toBe(3)
  })

  test('two texts of 100,000 words are refused in words', () => {
    const text = 'a '.repeat(100_000)
    expect(() => meteor.segment(text, [text])).toThrow('too long for METEOR')
  })

  test('repeated and reordered references change nothing, another reference never lowers the score', () => {
    const word = fc.constantFrom('a', 'man', 'men', 'rides', 'riding', 'bike', 'bicycle', 'on', 'street')
    const caption = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(caption, fc.array(caption, { minLength: 1, maxLength: 4 }), (candidate, references) => {
        const { score } = meteor.segment(candidate, references)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(meteor.segment(candidate, [...references, ...references]).score).toBe(score)
        expect(meteor.segment(candidate, references.toReversed()).score).toBe(score)
        expect(meteor.segment(candidate, references.slice(1).concat(candidate)).score).toBe(candidate === '' ? 0 : 1)
      }),
    )
  })
})

describe('statistics', () => {
  test('a set of perfect segments scores 1: their chunks are not added', async () => {
    const meteor = await openMeteor()
    const perfect = meteor.segment('a man', ['a man']).statistics
    expect(meteor.corpus([perfect, perfect, perfect])).toBe(1)
  })

  test('the corpus score is that of the sums, not the mean', async () => {
    const meteor = await openMeteor()
    const segments = [meteor.segment('a man rides', ['a man rides a bike']), meteor.segment('two dogs', ['a cat on the street'])]
    const sum = emptyStatistics()
    for (const { statistics } of segments) addStatistics(sum, statistics)
    expect(meteor.corpus(segments.map(({ statistics }) => statistics))).toBe(meteorScore(sum))
    expect(meteor.corpus([])).toBe(0)
  })

  test('23 numbers and back', () => {
    const numbers = Array.from({ length: 23 }, (_, index) => index + 1)
    expect(toNumbers(fromNumbers(numbers))).toEqual(numbers)
  })
})
