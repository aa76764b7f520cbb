import { describe, expect, test } from 'vitest'
import { judgedSection, withSection, type JudgedSet } from '#engine/models/judged-section.ts'

const set = (photos: number): JudgedSet => ({
  title: 'COCO val2017',
  command: 'capstan judge models/one',
  beam: 3,
  photosPerSecond: 10,
  scores: { CIDEr: { value: 0.5, low: 0.4, high: 0.6 } },
  failures: { 'repeat three words': 0.25 },
  captions: Array.from({ length: photos }, (_, index) => ({ name: `${index}.jpg`, caption: `photo | ${index}`, cider: index / 100 })),
})

describe('a section of a model card', () => {
  test('tells scores with intervals, failures, and captions from the best to the worst', () => {
    const { section, list, listName } = judgedSection(set(100))
    expect(section).toContain('| CIDEr | 0.5000 | 0.4000 – 0.6000 |')
    expect(section).toContain('25.0 % repeat three words')
    const quotes = [...section.matchAll(/^\| (\d+)\.jpg/gm)].map(([, number]) => Number(number))
    expect(quotes).toHaveLength(12)
    expect(quotes).toEqual(quotes.toSorted((one, other) => other - one))
    expect([quotes[0], quotes.at(-1)]).toEqual([99, 0])
    expect(listName).toBe('captions-coco-val2017.md')
    expect(list.match(/\.jpg/g)).toHaveLength(100)
    expect(section).toContain('photo \\| 99')
  })

  test('quotes every caption of a small set once', () => {
    expect(judgedSection(set(3)).section.match(/\.jpg/g)).toHaveLength(3)
  })

  test('takes the place of an earlier one about the same set and leaves the rest of the card', () => {
    const card = '# A model\n\ntext\n\n## Scores\n\nfine\n'
    const once = withSection(withSection(card, 'COCO', '## Judged: COCO\n\nfirst\n'), 'dev', '## Judged: dev\n\nother\n')
    expect(once).toBe('# A model\n\ntext\n\n## Scores\n\nfine\n\n## Judged: COCO\n\nfirst\n\n## Judged: dev\n\nother\n')
    expect(withSection(once, 'COCO', '## Judged: COCO\n\nsecond\n')).toBe(once.replace('first', 'second'))
    expect(withSection(once, 'dev', '## Judged: dev\n\nagain\n')).toBe(once.replace('other', 'again'))
  })
})
