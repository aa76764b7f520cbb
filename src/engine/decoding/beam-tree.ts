/** A beam search as a tree: every prefix that it considered, with what became of it. */
import { beamSearch, type BeamContinuation, type BeamOptions } from './beam.ts'
import type { DecodedCaption, Stepper } from './stepper.ts'

export interface BeamNode {
  /** 0 at the end of a caption. */
  readonly id: number
  /** Given the words before it. */
  readonly logProbability: number
  /** Of the whole prefix, this word in it. */
  readonly sum: number
  /** `stopped`: it was kept, but could no longer beat those that had ended. */
  readonly fate: BeamContinuation['fate'] | 'stopped'
  /** The place of the caption that ends here among those that were found, from 0; null where none ends here, or better ones were found. */
  readonly rank: number | null
  /** Best first. */
  readonly children: readonly BeamNode[]
}

/** What a search found for one image, and how. */
export interface TracedSearch {
  /** Best first, as without a trace. */
  readonly captions: readonly DecodedCaption[]
  /** What the first word could have been, best first. */
  readonly firstWords: readonly BeamNode[]
}

type Growing = Omit<BeamNode, 'fate' | 'rank' | 'children'> & { fate: BeamNode['fate']; rank: number | null; children: Growing[] }

/** Searches the captions of one image, a stepper's only one, and keeps what was considered on the way. */
export async function tracedBeamSearch(stepper: Stepper, options: Omit<BeamOptions, 'observe'>): Promise<TracedSearch> {
  const firstWords: Growing[] = []
  let live: Growing[][] = [firstWords]
  let onTheWay: Growing[] = []
  const [captions] = await beamSearch(stepper, {
    ...options,
    observe({ continuations }) {
      onTheWay = []
      for (const { parent, ...word } of continuations) {
        const node: Growing = { ...word, rank: null, children: [] }
        live[parent].push(node)
        if (word.fate === 'goes-on') onTheWay.push(node)
      }
      live = onTheWay.map(({ children }) => children)
    },
  })
  for (const node of onTheWay) node.fate = 'stopped'
  captions.forEach((caption, rank) => {
    const end = endOf(firstWords, caption)
    if (end !== undefined) end.rank = rank
  })
  return { captions, firstWords }
}

/** Where a caption ends in the tree: at its end, or where it was cut off at its last word. */
function endOf(firstWords: readonly Growing[], { ids, ended }: DecodedCaption): Growing | undefined {
  let node: Growing | undefined
  let children = firstWords
  for (const id of ended ? [...ids, 0] : ids) {
    node = children.find((child) => child.id === id)
    children = node?.children ?? []
  }
  return node
}
