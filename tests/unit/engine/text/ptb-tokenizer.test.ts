import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ptbLex, ptbTokenize, ptbTokenizeCorpus } from '#engine/text/ptb-tokenizer.ts'
import { sharedData } from '../../../support/shared-data.ts'

const words = (caption: string): string => ptbTokenize(caption).join(' ')
const lexed = (caption: string): string => ptbLex([caption])[0].join(' ')

function lines(name: string): string[] {
  return readFileSync(join(sharedData!, 'goldens', name), 'utf8')
    .replace(/\n$/, '')
    .split('\n')
}

describe.skipIf(!sharedData)('25,014 COCO captions (needs ../shared/data)', () => {
  test('give the tokens of CoreNLP 3.4.1, line by line', () => {
    const expected = lines('val2017_ptb341.txt')
    const differing = ptbLex(lines('val2017_raw.txt')).filter((tokens, line) => tokens.join(' ') !== expected[line])
    expect(differing).toEqual([])
  })

  test('give the words of coco-caption after punctuation is dropped', () => {
    const expected = lines('val2017_ptb341_final.txt')
    const differing = ptbTokenizeCorpus(lines('val2017_raw.txt')).filter((tokens, line) => tokens.join(' ') !== expected[line])
    expect(differing).toEqual([])
  })

  test('1,000 generated captions of the COCO demo count 9,893 words', () => {
    const results = z.array(z.object({ caption: z.string() })).parse(JSON.parse(lines('captions_val2014_fakecap_results.json').join('\n')))
    const total = ptbTokenizeCorpus(results.map(({ caption }) => caption)).reduce((sum, tokens) => sum + tokens.length, 0)
    expect(total).toBe(9893)
  })
})

describe('words', () => {
  test.each([
    [`A man (wearing a red hat) isn't riding a "big" horse.`, `a man -lrb- wearing a red hat -rrb- is n't riding a big horse`],
    [`Two men's bikes, 3 o'clock, 1/2 pizza and a T-shirt w/ words... yes?`, `two men 's bikes 3 o'clock 1/2 pizza and a t-shirt w / words yes`],
    [
      `They cannot gonna [see] {it} <b>bold</b> & AT&T 50% off $5.00 #1 @ home`,
      `they can not gon na -lsb- see -rsb- -lcb- it -rcb- <b> bold </b> & at&t 50 % off $ 5.00 # 1 @ home`,
    ],
    [`don't can't won't I'm he'd`, `do n't ca n't wo n't i 'm he 'd`],
    [`girls' game`, `girls game`],
    [`a 4-year-old's black-and-white t-shirt`, `a 4-year-old 's black-and-white t-shirt`],
    [`'twas a dog at 6:55 with 1,000 cats, 4.5 each`, `'t was a dog at 6:55 with 1,000 cats 4.5 each`],
    [`a man – walking — a dog &amp; cat`, `a man walking a dog & cat`],
    [`it’s a “nice” day and they’re ‘here’`, `it 's a nice day and they 're here`],
    [`dogs!! cats?! one! two?`, `dogs !! cats ?! one two`],
    [`well... there.. here. . . now`, `well there here now`],
    [`a A&W sign, US$5, €7, £3 and 5¢`, `a a&w sign us$ 5 $ 7 # 3 and 5 cents`],
    [`see www.coco.org or mail a.b@c.com, @name #tag #1`, `see www.coco.org or mail a.b@c.com @name #tag # 1`],
    [`a red/blue ball on 10/29/2011 w/out a 90° turn`, `a red/blue ball on 10/29/2011 w/out a 90 ° turn`],
    [`get 'em in the '90s, 'cause rock 'n' roll`, `get 'em in the '90s 'cause rock 'n' roll`],
    [`a ground.A hydrant and a car.on`, `a ground.a hydrant and a car.on`],
    [`a smile :) here`, `a smile :-rrb- here`],
    ['a dog isn`t', 'a dog is n`t'],
    [`Ho'ohu road, ma'am, O’Malley's pub and hors d'oeuvres`, `ho'ohu road ma'am o'malley 's pub and hors d'oeuvres`],
    [`they said "Yahoo!" and read <http://x.org/a.html> at 4:45pm`, `they said yahoo! and read < http://x.org/a.html > at 4:45 pm`],
    [`pay US$170,000 (37%-owned) for 5-1/4 of 2 3/16`, `pay us$ 170,000 -lrb- 37 % owned -rrb- for 5-1/4 of 2\u00a03/16`],
    [`happy ^_^ but shy (x.x)`, `happy ^_^ but shy -lrb-x.x-rrb-`],
    ['', ''],
    ['   ', ''],
  ])('of %j', (caption, expected) => {
    expect(words(caption)).toBe(expected)
  })
})

describe('abbreviations', () => {
  test('keep their period', () => {
    expect(words('A. clear vase on St. Patrick near Blvd. sign and a t.v. in the U.S.')).toBe(
      'a. clear vase on st. patrick near blvd. sign and a t.v. in the u.s.',
    )
    expect(words('8th ave. and 3rd st.')).toBe('8th ave. and 3rd st.')
  })

  test('some end the sentence too before a capital or the end of the text', () => {
    expect(lexed('cars etc. A dog')).toBe('cars etc. . a dog')
    expect(lexed('cars etc. and')).toBe('cars etc. and')
    expect(lexed('cars etc.')).toBe('cars etc. .')
  })

  test('of acronyms end the sentence too where a typical first word follows, not before any name', () => {
    expect(lexed('a flag of the U.S. The man')).toBe('a flag of the u.s. . the man')
    expect(lexed('a flag of the U.S. Army')).toBe('a flag of the u.s. army')
    expect(lexed('a sign for W. Centre')).toBe('a sign for w. centre')
    expect(lexed('a person I. A hood')).toBe('a person i . a hood')
  })

  test('of numbers need a number', () => {
    expect(lexed('bus No. 24, no.47 and no. more')).toBe('bus no. 24 , no. 47 and no . more')
  })

  test('that are ordinary words need their capital', () => {
    expect(lexed('a man is ill.')).toBe('a man is ill .')
    expect(lexed('a plate to wash. it is')).toBe('a plate to wash . it is')
    expect(lexed('in Mass. it is')).toBe('in mass. it is')
  })

  test('an initial gives its period up where the next caption begins a sentence, only in one pass over the file', () => {
    expect(ptbTokenizeCorpus(['a sign that reads K.', 'An intersection'])[0].at(-1)).toBe('k')
    expect(ptbTokenizeCorpus(['a sign that reads K.', 'an intersection'])[0].at(-1)).toBe('k.')
    expect(ptbTokenize('a sign that reads K.').at(-1)).toBe('k.')
  })
})

describe('punctuation', () => {
  test('is told apart before it is dropped', () => {
    expect(lexed(`"A" 'bc de' -- e --- f ; g: (h)`)).toBe("`` a '' ` bc de ' -- e -- f ; g : -lrb- h -rrb-")
  })

  test('brackets stay as words, as in coco-caption', () => {
    expect(words('(red)')).toBe('-lrb- red -rrb-')
  })
})

describe('captions and lines', () => {
  test('line ends of any kind inside a caption shift no other caption', () => {
    const odd = ['a\rb', 'c\u2028d', 'e\nf', 'g\u0085h\u000bi\u000cj', '', 'k']
    expect(ptbTokenizeCorpus(odd)).toEqual([['a', 'b'], ['c', 'd'], ['e', 'f'], ['g', 'h', 'i', 'j'], [], ['k']])
  })

  test('what no rule knows is left out', () => {
    expect(words('a 😀 dog \u0007')).toBe('a dog')
  })

  test('one caption more or less changes nothing in the middle of others, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 6 }), (captions) => {
        const closed = captions.map((caption) => `${caption.replaceAll(/[<>&."]/g, '')} x`)
        expect(ptbTokenizeCorpus(closed)).toEqual(closed.map((caption) => ptbTokenize(caption)))
      }),
      { numRuns: 30 },
    )
  })

  test('very long captions without spaces are read to the end', () => {
    for (const part of ['a,', 'a-', '1.', 'x@', "a'", '<a ', 'é', '(', '.']) expect(ptbTokenize(part.repeat(20_000)).length).toBeGreaterThanOrEqual(0)
    expect(ptbTokenize('dog '.repeat(100_000))).toHaveLength(100_000)
  })
})
