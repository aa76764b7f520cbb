/**
 * Irregular English inflections, base first, for METEOR without METEOR's resources: the common ones, and those of things seen in pictures.
 */

const nouns = `calf calves, child children, cactus cacti, elf elves, foot feet, goose geese, half halves, hoof hooves, knife knives, leaf
  leaves, life lives, loaf loaves, louse lice, mouse mice, ox oxen, person people, scarf scarves, self selves, shelf shelves, thief
  thieves, tooth teeth, wife wives, wolf wolves`

const verbs = `be am are is was were been being, bear bore borne, beat beaten, become became, begin began begun beginning, bend bent, bind
  bound, bite bit bitten biting, bleed bled, blow blew blown, break broke broken, bring brought, build built, burn burnt, buy bought,
  catch caught, chat chatted chatting, chop chopped chopping, choose chose chosen, clap clapped clapping, clip clipped clipping, come
  came, creep crept, cut cutting, deal dealt, dig dug digging, dip dipped dipping, do did does done, draw drew drawn, dream dreamt, drink
  drank drunk, drip dripped dripping, drive drove driven, drop dropped dropping, eat ate eaten, fall fell fallen, feed fed, feel felt,
  fight fought, find found, flap flapped flapping, flip flipped flipping, fly flew flown, forget forgot forgotten, freeze froze frozen,
  get got gotten getting, give gave given, go went gone goes, grab grabbed grabbing, grin grinned grinning, grip gripped gripping, grow
  grew grown, hang hung, have has had, hear heard, hide hid hidden, hit hitting, hold held, hug hugged hugging, jog jogged jogging, keep
  kept, kneel knelt, know knew known, lay laid, lead led, lean leant, leap leapt, leave left, lend lent, let letting, lie lay lain lying,
  light lit, lose lost, make made, mean meant, meet met, mow mown, nap napped napping, pat patted patting, pay paid, pet petted petting,
  pin pinned pinning, plug plugged plugging, put putting, read reading, ride rode ridden, ring rang rung, rise rose risen, rub rubbed
  rubbing, run ran running, say said, see saw seen, sell sold, send sent, set setting, sew sewn, shake shook shaken, shine shone, shoot
  shot, shop shopped shopping, show shown, shut shutting, sing sang sung, sink sank sunk, sip sipped sipping, sit sat sitting, skip
  skipped skipping, sleep slept, slide slid, slip slipped slipping, snap snapped snapping, speak spoke spoken, spend spent, spill spilt,
  spin spun spinning, split splitting, spread spreading, spring sprang sprung, stand stood, steal stole stolen, step stepped stepping,
  stick stuck, stir stirred stirring, stop stopped stopping, strap strapped strapping, strike struck stricken, swim swam swum swimming,
  swing swung, take took taken, tap tapped tapping, teach taught, tear tore torn, tell told, think thought, throw threw thrown, tie tied
  tying, top topped topping, trim trimmed trimming, tug tugged tugging, wag wagged wagging, wake woke woken, wear wore worn, weave wove
  woven, win won winning, wind wound, wrap wrapped wrapping, write wrote written, zip zipped zipping`

const adjectives = `bad worse worst, big bigger biggest, far farther further farthest, fat fatter fattest, good better best, hot hotter
  hottest, little less least, many more most, red redder reddest, thin thinner thinnest, wet wetter wettest, happy happier happiest, tiny
  tinier tiniest, busy busier busiest, early earlier earliest, heavy heavier heaviest, pretty prettier prettiest, curly curlier curliest,
  funny funnier funniest`

/** irregular form → its bases */
export const builtInIrregularForms: ReadonlyMap<string, readonly string[]> = byForm([nouns, verbs, adjectives])

function byForm(lists: readonly string[]): Map<string, string[]> {
  const bases = new Map<string, string[]>()
  for (const entry of lists.join(',').split(',')) {
    const [base, ...forms] = entry.trim().split(/\s+/u)
    for (const form of forms) {
      const known = bases.get(form)
      if (known === undefined) bases.set(form, [base])
      else known.push(base)
    }
  }
  return bases
}
