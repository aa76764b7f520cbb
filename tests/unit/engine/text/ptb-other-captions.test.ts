/** Captions of kinds that COCO's validation set lacks, against what the described rules of CoreNLP 3.4.1 give (facts §5.2). */
import { describe, expect, test } from 'vitest'
import { ptbLex, ptbTokenizeCorpus } from '#engine/text/ptb-tokenizer.ts'

const lexed = (caption: string): string => ptbLex([caption])[0].join(' ')

describe('numbers', () => {
  test.each([
    ['taken 12/25/2011 or 3-4-99', 'taken 12/25/2011 or 3-4-99'],
    ['2 1/2 cups, 1/2 pizza and 5-1/4', '2\u00a01/2 cups , 1/2 pizza and 5-1/4'],
    ['½ a pizza, 2 ½ cups, ¼ and ¾', '1/2 a pizza , 2 1/2 cups , 1/4 and 3/4'],
    ['1st 2nd 21st 4x4 5k 3D', '1st 2nd 21st 4x4 5k 3d'],
    ['1,000.50 and 1.000,50 at 10:30 or 10:30am', '1,000.50 and 1.000,50 at 10:30 or 10:30 am'],
    ['20°C, 20 °F, -5 +5 −5', '20 ° c , 20 ° f , -5 +5 − 5'],
    ["the '90s, 1990's and 90s", "the '90s , 1990 's and 90s"],
    ['call 555-123-4567 or (555) 123-4567', 'call 555-123-4567 or -lrb-555-rrb-\u00a0123-4567'],
    ['$5 US$5 €5 £5 ¥5 50¢ 5%', '$ 5 us$ 5 $ 5 # 5 ¥ 5 50 cents 5 %'],
    ['No. 5, fig. 3, no. and p. 4', 'no. 5 , fig. 3 , no . and p. 4'],
    ['m² and 10⁵', 'm ² and 10 ⁵'],
  ])('%j', (caption, expected) => {
    expect(lexed(caption)).toBe(expected)
  })
})

describe('words', () => {
  test.each([
    ["y'all ain't gonna gimme 'tis d'ye", "y' all ai n't gon na gim me 't is d'ye"],
    ["rock'n'roll, rock 'n' roll, Cap'n and c'est", "rock 'n' roll , rock 'n' roll , cap'n and c'est"],
    ["CAN'T won`t CANNOT shouldn't've", "ca n't wo n`t can not should n't 've"],
    ["boss's dog, dogs' toys, women's/men's", "boss 's dog , dogs ' toys , women 's / men 's"],
    ['O’Brien at o’clock, o`clock', "o'brien at o'clock , o`clock"],
    ['café, naïve, e\u0301te\u0301, ÇA, 犬 漢字', 'café , naïve , e\u0301te\u0301 , ça , 犬 漢字'],
    ["M&M's, R&B, S&Ls, AT&amp;T, black&white", "m&m 's , r&b , s&ls , at&t , black & white"],
    ['w/o b/w and/or w/', 'w/o b/w and/or w /'],
    ['a_b self- made hyphen‐ated non‑breaking', 'a_b self - made hyphen‐ated non‑breaking'],
    ['natl. mfg. elec. pte. rt. 66', 'natl. mfg. elec. pte. rt. 66'],
    ['St.Louis St. Louis word.Word word,word', 'st.louis st. louis word.word word , word'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['C++, C# and c++', 'c++ , c# and c++'],
    ['a C++ book, vitamin C+', 'a c++ book , vitamin c +'],
  ])('%j', (caption, expected) => {
    expect(lexed(caption)).toBe(expected)
  })
})

describe('signs', () => {
  test.each([
    ['wait . . . what .. ok.... end…', 'wait ... what . . ok ... end ...'],
    ['a -- b – c — d --- e ---- f ----- g', 'a -- b -- c -- d -- e -- f ----- g'],
    ['good!? yes!! no ?', 'good !? yes !! no ?'],
    ['“curly” ‘single’ «angled» << drawn >>', "`` curly '' ` single ' `` angled '' << drawn >>"],
    [':) :-( ;D =] 8) <3 ^_^', ':-rrb- :--lrb- ;d =-rsb- 8 -rrb- < 3 ^_^'],
    ['&lt;b&gt; &quot;q&quot; &nbsp; don&#39;t &mdash;', "< b > `` q '' don &#39; t --"],
    ['salt &AMP; &LT;b&GT; &QUOT;q&QUOT; &NBSP; don&APOS;t &MDASH; AT&AMP;T &Amp;', "salt & < b > `` q '' do n't -- at&t &"],
    [`“double”'s ‘single’'s ''x''`, "`` double '' 's ` single ' 's '' x ''"],
    ['me@x.org,www.y.com, a.b@c.com,d@e.org, http://x.com,\u00a0and', 'me@x.org , www.y.com , a.b@c.com , d@e.org , http://x.com , and'],
    ['<unk> <b>x</b> <br/> <a href="x y"> <!-- z --> 5 < 6', '<unk> <b> x </b> <br/> <a\u00a0href="x\u00a0y"> <!--\u00a0z\u00a0--> 5 < 6'],
    ['user@mail.com https://a.b/c?d=e www.x.co.uk foo.com #tag_1 #1 @name', 'user@mail.com https://a.b/c?d=e www.x.co.uk foo.com #tag_1 # 1 @name'],
    ['I ❤️ 1️⃣ ☀️ 👨‍👩‍👧 😀 𝐛𝐨𝐥𝐝 ™ ★', 'i ❤ 1 ☀ ™ ★'],
    ['https://a.b/😀x and zero\u200bwidth', 'https://a.b/😀x and zero width'],
    ['* star ** a*b x=5 a+b ~ ^ | \\', '* star ** a * b x = 5 a + b ~ ^ | \\'],
  ])('%j', (caption, expected) => {
    expect(lexed(caption)).toBe(expected)
  })
})

describe('abbreviations at the end of a line', () => {
  test.each([
    ['made by Acme Inc.', 'The man', 'inc.'],
    ['a sign of Main St.', 'The man', 'st.'],
    ['a flag of the U.S.', 'The man', 'u.s.'],
    ['a flag of the U.S.', 'the man', 'u.s.'],
    ['vitamin C.', 'The man', 'c'],
    ['vitamin C.', 'Men', 'c.'],
    ['at 5 p.m.', 'A clock', 'p.m.'],
    ['dogs, cats, etc.', 'A clock', 'etc.'],
    ['a man is ill.', 'A clock', 'ill'],
  ])('%j before %j ends in %s', (first, second, last) => {
    expect(ptbTokenizeCorpus([first, second])[0].at(-1)).toBe(last)
  })
})
